"""From the files of a source to one table, a manifest, and all that was left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kizu.preprocessing.table_schema import SchemaError, find_violations, violations_message
from kizu.preprocessing.table_types import plain_types
from kizu.sources.files import MadeFile, Reject, RejectedFileError, SourceFile
from kizu.sources.manifest import RejectShareError, collect
from kizu.sources.tables import TableChecks, TableContent, join_tables, read_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TableCollection:
    """What came out of a source of tables.

    Attributes:
        frame: the rows of all files, typed; the index says where each comes from.
        manifest: a row for each usable file.
        file_rejects: the other files, sorted.
        line_rejects: the lines of usable files that are no rows, as ``file:line``.
    """

    frame: "pd.DataFrame"
    manifest: list[dict[str, Any]]
    file_rejects: list[Reject]
    line_rejects: list[Reject]


def collect_tables(
    items: Iterable[SourceFile | MadeFile | Reject], checks: TableChecks, max_reject_share: float
) -> TableCollection:
    """Read every file of a source and join them; all must have the columns of the first.

    Raises:
        EmptySourceError: there is no file.
        RejectShareError: too many files were refused.
    """
    contents: dict[str, TableContent] = {}
    columns: list[str] = []

    def inspect(file: SourceFile) -> dict[str, Any]:
        content = read_table(file, checks)
        found = content.frame.columns.tolist()
        if not columns:
            columns.extend(found)
        elif set(found) != set(columns):
            raise RejectedFileError(_other_columns(found, columns, next(iter(contents))))
        contents[file.path] = content
        return content.facts

    collection = collect(items, inspect, max_reject_share)
    used = [contents[path] for path in collection.contents]
    return TableCollection(
        frame=join_tables(used, checks.decimal),
        manifest=collection.manifest,
        file_rejects=collection.rejects,
        line_rejects=[reject for content in used for reject in content.rejects],
    )


def _other_columns(found: Sequence[str], expected: Sequence[str], first: str) -> str:
    lacking = [name for name in expected if name not in found]
    more = [name for name in found if name not in expected]
    parts = [
        f"{verb} {', '.join(map(repr, names))}"
        for verb, names in (("lacks", lacking), ("adds", more))
        if names
    ]
    return f"has other columns than {first}: it {' and '.join(parts)}"


def leave_out_violations(frame: "pd.DataFrame", schema: str) -> tuple["pd.DataFrame", list[Reject]]:
    """Return the rows that keep to a schema, in its types, and the others with column and rule.

    Raises:
        SchemaError: a column is missing or unknown, or no row keeps to the schema.
    """
    rejects: dict[str, list[str]] = {}
    remaining = frame
    while True:
        checked, violations = find_violations(remaining, schema)
        if not violations:
            break
        if any(violation.row is None for violation in violations):
            raise SchemaError(violations_message(violations))
        for violation in violations:
            reason = f"column {violation.column!r} {violation.rule}; it is {violation.value!r}"
            rejects.setdefault(str(violation.row), []).append(reason)
        # A value of a wrong type hides what else is wrong in its column: once more without it.
        remaining = remaining[~remaining.index.isin(rejects)]
        if remaining.empty:
            raise SchemaError(violations_message(violations))
    order = [row for row in frame.index if row in rejects]
    return plain_types(checked), [Reject(row, "; ".join(rejects[row])) for row in order]


def refuse_too_many_lines(rejects: Sequence[Reject], rows: int, max_reject_share: float) -> None:
    """Check the share of lines that were left out.

    Args:
        rejects: those lines.
        rows: how many are left.
        max_reject_share: the largest share that may be left out, 0 to 1.

    Raises:
        RejectShareError: it is larger; the message names the first ten lines with their reasons.
    """
    total = len(rejects) + rows
    if len(rejects) <= max_reject_share * total:
        return
    shown = [f"  {reject.file}: {reject.reason}" for reject in rejects[:10]]
    if len(rejects) > len(shown):
        shown.append(f"  and {len(rejects) - len(shown)} more")
    raise RejectShareError(
        f"{len(rejects)} of {total} rows cannot be used ({len(rejects) / total:.1%}); "
        f"max_reject_share allows {max_reject_share:.1%}. Mend or remove them, or raise "
        "max_reject_share:\n" + "\n".join(shown)
    )
