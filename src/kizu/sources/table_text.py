"""From the bytes of a text table to its rows: encoding, separator, and lines that do not fit."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from kizu.sources.files import Reject, RejectedFileError

SEPARATORS = (",", ";", "\t", "|")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark starts with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Western text has single letters beyond ASCII; whole words of them are another writing system.
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{3}")
_SAMPLED_ROWS = 50
_LONGEST_FIELD = 1_000_000


@dataclass(frozen=True)
class TextRows:
    """The rows of a text table.

    Attributes:
        header: names of the columns.
        rows: as many fields as the header each.
        lines: the line that each row starts on, counted from 1.
        rejects: the lines that are no row of this table, as ``file:line``.
        separator: between the fields.
    """

    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    rejects: list[Reject]
    separator: str


def decode_text(content: bytes, encoding: str) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    Args:
        content: the whole file.
        encoding: a codec's name, or ``auto``: a byte order mark decides, else UTF-8; else
            Windows-1252 (which holds the letters of Latin-1) where the text may be that.

    Raises:
        RejectedFileError: the bytes are not in the encoding, or none can be told.
    """
    if encoding == "auto":
        encoding = _detect(content)
    try:
        return content.decode(encoding), encoding.removesuffix("-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RejectedFileError(
            f"is no {encoding} text: line {line} holds the byte 0x{content[error.start]:02x}"
        ) from error


def _detect(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    start = content[:4096]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = start[first::2]
        # Half of the bytes of ASCII text in UTF-16 are zero.
        if len(zeros) > 1 and zeros.count(0) > 0.8 * len(zeros) and 0 not in start[1 - first :: 2]:
            return name
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            content.decode("cp1252")
        except UnicodeDecodeError:
            western = False
        else:
            western = not _FOREIGN_WORD.search(content)
        if western:
            return "cp1252"
        line = content.count(b"\n", 0, error.start) + 1
        raise RejectedFileError(
            f"is in an encoding that cannot be told: line {line} is neither UTF-8 nor Western "
            "European text. Save it as UTF-8, or name its encoding in `checks.encoding`"
        ) from error
    return "utf-8"


def sniff_separator(text: str) -> str:
    """Return the separator that cuts most of the first 50 rows into as many fields as the header.

    Where several do, the one with the most fields; a table of one column gets a comma.
    """
    best, best_score = SEPARATORS[0], (0.0, 1)
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            sample = [row for row in islice(reader, _SAMPLED_ROWS) if row]
        except csv.Error:
            continue
        width = len(sample[0]) if sample else 0
        if width > 1:
            fitting = sum(len(row) == width for row in sample) / len(sample)
            score = (round(fitting, 1), width)
            if score > best_score:
                best, best_score = separator, score
    return best


def split_rows(name: str, text: str, separator: str | None) -> TextRows:
    """Cut a text into rows of fields, as RFC 4180 has it; line ends may be LF, CR LF or CR.

    Empty lines are no rows. A line is a reject if it has more or fewer fields than the header, a
    NUL character, a field of more than a million characters, or misplaced quotes.

    Args:
        name: of the file, for the rejects.
        text: of the whole file.
        separator: between the fields; None finds it.

    Raises:
        RejectedFileError: there is no header, or no row after it; a name stands twice.
    """
    if not text.strip("\ufeff \t\r\n"):
        raise RejectedFileError("is empty")
    separator = separator or sniff_separator(text)
    previous_limit = csv.field_size_limit(max(len(text), 1))
    try:
        return _read_rows(name, text, separator)
    finally:
        csv.field_size_limit(previous_limit)


def _read_rows(name: str, text: str, separator: str) -> TextRows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] | None = None
    rows, lines, rejects = [], [], []
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if header is None:
                raise RejectedFileError(f"has a header that cannot be read: {error}") from error
            rejects.append(Reject(f"{name}:{first}", _misquoted(error, first, reader.line_num)))
            continue
        if not row:
            continue
        if header is None:
            header = _check_header(row)
        elif problem := _problem(row, len(header)):
            rejects.append(Reject(f"{name}:{first}", problem))
        else:
            rows.append(row)
            lines.append(first)
    if header is None:
        raise RejectedFileError("is empty")
    if not rows:
        held = f"{len(rejects)} lines that are no rows of it" if rejects else "no rows"
        example = f" ({rejects[0].file}: {rejects[0].reason})" if rejects else ""
        raise RejectedFileError(f"has a header and {held}{example}")
    return TextRows(header, rows, lines, rejects, separator)


def _misquoted(error: csv.Error, first: int, last: int) -> str:
    if "unexpected end of data" in str(error):
        return f"opens a quote that is never closed; lines {first} to {last} cannot be read"
    return f"has misplaced quotes ({error})"


def _problem(row: list[str], width: int) -> str:
    if len(row) != width:
        fields = "field" if len(row) == 1 else "fields"
        return f"has {len(row)} {fields}; the header has {width}"
    if any("\0" in field for field in row):
        return "holds a NUL character"
    longest = max(map(len, row))
    if longest > _LONGEST_FIELD:
        return f"has a field of {longest} characters; at most {_LONGEST_FIELD} are allowed"
    return ""


def _check_header(row: list[str]) -> list[str]:
    """Return the columns' names; one without a name gets ``unnamed_<position>``.

    Raises:
        RejectedFileError: a name stands twice or is no name.
    """
    names = [name.strip() or f"unnamed_{position}" for position, name in enumerate(row, start=1)]
    if any("\0" in name for name in names):
        raise RejectedFileError("has a NUL character in its header; it may be no text")
    longest = max(map(len, names))
    if longest > _LONGEST_FIELD:
        raise RejectedFileError(f"has a column name of {longest} characters; it may be no table")
    return check_names(names)


def check_names(names: list[str]) -> list[str]:
    """Return the names of a table's columns.

    Raises:
        RejectedFileError: a name stands twice.
    """
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if name in seen:
            raise RejectedFileError(
                f"has two columns named {name!r} (columns {names.index(name) + 1} and {position}); "
                "rename one of them"
            )
        seen.add(name)
    return names
