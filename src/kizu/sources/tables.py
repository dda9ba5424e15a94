"""Is this file a table that the pipeline can use, and what does it hold?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.table_types import Decimal, infer_types, plain_types
from kizu.sources.contents import check_extension
from kizu.sources.delimited import Row
from kizu.sources.encodings import Encoding, encoding_of, open_binary
from kizu.sources.files import Reject, RejectedFileError, SourceFile
from kizu.sources.table_text import check_names, open_text_table, read_text_table

if TYPE_CHECKING:
    import pandas as pd

ROW_ID = "row_id"
"""The column that says where a row comes from: ``file:line`` of a text, ``file:row`` of Parquet."""

Extension = Literal[".csv", ".tsv", ".txt", ".parquet"]
_PARQUET_START = b"PAR1"


class TableChecks(Parameters):
    """What a file must be to be used as a table, and how it is read."""

    extensions: list[Extension] = Field(
        min_length=1, description="File name extensions to accept, in lower case."
    )
    encoding: Encoding = Field(
        description="Of text tables: auto, or the name of a codec, such as shift_jis."
    )
    separator: Literal[",", ";", "\t", "|"] | None = Field(
        description="Between the fields of text tables; null finds it in each file."
    )
    decimal: Decimal = Field(description="Between a number's integer part and its fraction.")


@dataclass(frozen=True)
class TableContent:
    """The rows of one file.

    Attributes:
        frame: a row each, the index its ``row_id``; all columns are text unless ``typed``.
        typed: whether the file says itself what its columns hold.
        rejects: the lines that are no rows.
        facts: ``rows``, ``columns``, ``encoding`` and ``separator`` (empty for Parquet).
    """

    frame: "pd.DataFrame"
    typed: bool
    rejects: list[Reject]
    facts: dict[str, Any]


def read_table(file: SourceFile, checks: TableChecks) -> TableContent:
    """Return the content of a text or Parquet table.

    Raises:
        RejectedFileError: the file is empty, damaged, has another extension or content than
            expected, no rows, or a column's name twice.
    """
    if check_extension(file.path, checks.extensions) == ".parquet":
        return _read_parquet(file)
    return _read_text(file, checks)


def _read_text(file: SourceFile, checks: TableChecks) -> TableContent:
    import pandas as pd

    encoding = encoding_of(file.content, checks.encoding)
    table = read_text_table(file, encoding, checks.separator)
    _refuse_row_id(table.header)
    index = [f"{file.path}:{line}" for line in table.lines]
    frame = pd.DataFrame(table.rows, columns=table.header, index=index, dtype="str")
    facts = _facts(frame, encoding=encoding.removesuffix("-sig"), separator=table.separator)
    return TableContent(frame, False, table.rejects, facts)


def read_table_in_pieces(
    file: SourceFile, checks: TableChecks, rows_at_once: int
) -> Iterator[TableContent | Reject]:
    """Yield the content of a table, at most so many rows of a text table at a time, and rejects.

    A Parquet table, which is smaller and knows its types, comes as a whole.

    Raises:
        RejectedFileError: as `read_table`, here or while reading.
    """
    if check_extension(file.path, checks.extensions) == ".parquet":
        yield _read_parquet(file)
        return
    import pandas as pd

    encoding = encoding_of(file.content, checks.encoding)
    table = open_text_table(file, encoding, checks.separator)
    _refuse_row_id(table.header)
    some, refused = False, 0
    rows: list[Row] = []

    def piece() -> TableContent:
        index = [f"{file.path}:{row.line}" for row in rows]
        fields = [row.fields for row in rows]
        frame = pd.DataFrame(fields, columns=table.header, index=index, dtype="str")
        return TableContent(frame, False, [], {})

    for entry in table.rows:
        if isinstance(entry, Reject):
            refused += 1
            yield entry
            continue
        some = True
        rows.append(entry)
        if len(rows) == rows_at_once:
            yield piece()
            rows = []
    if rows:
        yield piece()
    if not some:
        held = f"{refused} lines that are no rows of it" if refused else "no rows"
        raise RejectedFileError(f"has a header and {held}")


def _read_parquet(file: SourceFile) -> TableContent:
    from pyarrow import parquet, types

    with open_binary(file.content) as opened:
        start = opened.read(len(_PARQUET_START))
        if not start:
            raise RejectedFileError("is empty")
        if start != _PARQUET_START:
            raise RejectedFileError("holds no Parquet table, which its extension promises")
        opened.seek(0)
        try:
            table = parquet.read_table(opened)
        except Exception as error:  # pyarrow has many errors for damage
            reason = str(error).splitlines()[0]
            raise RejectedFileError(f"is cut short or damaged: {reason}") from error
    nested = [field.name for field in table.schema if types.is_nested(field.type)]
    if nested:
        raise RejectedFileError(f"holds lists or records in its column {nested[0]!r}")
    names = check_names(table.column_names)
    _refuse_row_id(names)
    if table.num_rows == 0:
        raise RejectedFileError("has columns and no rows")
    frame = table.to_pandas(ignore_metadata=True)
    frame.index = [f"{file.path}:{row}" for row in range(1, len(frame) + 1)]
    return TableContent(plain_types(frame), True, [], _facts(frame, encoding="", separator=""))


def _refuse_row_id(names: list[str]) -> None:
    if ROW_ID in names:
        raise RejectedFileError(f"has a column {ROW_ID!r}, which is what rows are told apart by")


def _facts(frame: "pd.DataFrame", **texts: str) -> dict[str, Any]:
    return {"rows": len(frame), "columns": len(frame.columns), **texts}


def join_tables(tables: Iterable[TableContent], decimal: Decimal) -> "pd.DataFrame":
    """Return the rows of all files in one typed table, the columns in the order of the first file.

    Types are found over all text files together: a column of integers in one file and of numbers
    in the next is a column of numbers.

    Args:
        tables: of equal column names; at least one. Their rows stay in order.
        decimal: of the text tables.
    """
    import pandas as pd

    contents = list(tables)
    order = contents[0].frame.columns
    typed = [content.frame[order] for content in contents if content.typed]
    texts = [content.frame[order] for content in contents if not content.typed]
    if texts:
        typed.append(infer_types(pd.concat(texts), decimal))
    if len(typed) == 1:
        return typed[0]
    # Texts of one file and numbers of the next meet in columns of mixed types.
    rows = [row for content in contents for row in content.frame.index]
    return plain_types(pd.concat(typed)).loc[rows]
