"""Is this file a table that the pipeline can use, and what does it hold?"""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from kizu.parameters import Parameters
from kizu.preprocessing.table_types import Decimal, infer_types, plain_types
from kizu.sources.files import Reject, RejectedFileError, SourceFile
from kizu.sources.table_text import check_names, decode_text, split_rows

if TYPE_CHECKING:
    import pandas as pd

ROW_ID = "row_id"
"""The column that says where a row comes from: ``file:line`` of a text, ``file:row`` of Parquet."""

Extension = Literal[".csv", ".tsv", ".txt", ".parquet"]
_SIGNATURES = (
    (b"PAR1", "a Parquet table"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
)


def _known_encoding(encoding: str) -> str:
    try:
        return encoding if encoding == "auto" else codecs.lookup(encoding).name
    except LookupError as error:
        raise ValueError(
            f"unknown encoding {encoding!r}; auto or a codec of Python, such as shift_jis"
        ) from error


class TableChecks(Parameters):
    """What a file must be to be used as a table, and how it is read."""

    extensions: list[Extension] = Field(
        min_length=1, description="File name extensions to accept, in lower case."
    )
    encoding: Annotated[str, AfterValidator(_known_encoding)] = Field(
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
    extension = Path(file.path).suffix.lower()
    if extension not in checks.extensions:
        allowed = ", ".join(checks.extensions)
        raise RejectedFileError(f"has the extension {extension!r}; {allowed} are accepted")
    content = _bytes(file.content)
    if not content:
        raise RejectedFileError("is empty")
    found = next((kind for start, kind in _SIGNATURES if content.startswith(start)), "")
    if extension == ".parquet":
        return _read_parquet(file.path, content, found)
    if found:
        raise RejectedFileError(f"holds {found}; its extension {extension!r} promises text")
    return _read_text(file.path, content, checks)


def _bytes(content: bytes | Path) -> bytes:
    try:
        return content if isinstance(content, bytes) else content.read_bytes()
    except OSError as error:
        raise RejectedFileError(f"cannot be read to its end ({error.strerror})") from error


def _read_text(path: str, content: bytes, checks: TableChecks) -> TableContent:
    import pandas as pd

    text, encoding = decode_text(content, checks.encoding)
    table = split_rows(path, text, checks.separator)
    _refuse_row_id(table.header)
    index = [f"{path}:{line}" for line in table.lines]
    frame = pd.DataFrame(table.rows, columns=table.header, index=index, dtype="str")
    return TableContent(
        frame, False, table.rejects, _facts(frame, encoding=encoding, separator=table.separator)
    )


def _read_parquet(path: str, content: bytes, found: str) -> TableContent:
    import pyarrow as pa
    from pyarrow import parquet

    if found != "a Parquet table":
        raise RejectedFileError(f"holds {found or 'no Parquet table'}; its extension promises one")
    try:
        table = parquet.read_table(pa.BufferReader(content))
    except Exception as error:  # pyarrow has many errors for damage
        reason = str(error).splitlines()[0]
        raise RejectedFileError(f"is cut short or damaged: {reason}") from error
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    if nested:
        raise RejectedFileError(f"holds lists or records in its column {nested[0]!r}")
    names = check_names(table.column_names)
    _refuse_row_id(names)
    if table.num_rows == 0:
        raise RejectedFileError("has columns and no rows")
    frame = table.to_pandas(ignore_metadata=True)
    frame.index = [f"{path}:{row}" for row in range(1, len(frame) + 1)]
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
        tables: of equal column names, in any order; at least one.
        decimal: of the text tables.
    """
    import pandas as pd

    contents = list(tables)
    order = contents[0].frame.columns
    typed = [content.frame[order] for content in contents if content.typed]
    texts = [content.frame[order] for content in contents if not content.typed]
    if texts:
        typed.append(infer_types(pd.concat(texts), decimal))
    # Categories of one file and numbers of the next meet in columns of mixed types.
    return typed[0] if len(typed) == 1 else plain_types(pd.concat(typed))
