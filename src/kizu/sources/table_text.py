"""From a text table to its rows: the separator, the header, and lines that do not fit."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from kizu.sources.delimited import Row, read_rows
from kizu.sources.encodings import open_text
from kizu.sources.files import Reject, RejectedFileError, SourceFile

SEPARATORS = (",", ";", "\t", "|")
_SAMPLED_ROWS = 50
_SAMPLED_CHARACTERS = 2**16
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


@dataclass(frozen=True)
class OpenedTable:
    """A text table of which only the header has been read.

    Attributes:
        header: names of the columns.
        rows: with as many fields as the header, and rejects; empty lines are no rows.
        separator: between the fields.
    """

    header: list[str]
    rows: Iterator[Row | Reject]
    separator: str


def open_text_table(file: SourceFile, encoding: str, separator: str | None) -> OpenedTable:
    """Return a text file's columns, with its rows to be read one after the other.

    Args:
        file: as in `read_text_table`.
        encoding: as there.
        separator: as there.

    Raises:
        RejectedFileError: here or while reading, as there; that there is no row is not said.
    """
    separator = separator or _find_separator(file, encoding)
    entries = read_rows(file, encoding, separator, _LONGEST_FIELD)
    first = next(entries, None)
    if first is None:
        raise RejectedFileError("is empty")
    if isinstance(first, Reject):
        raise RejectedFileError(f"has a header that cannot be read: it {first.reason}")
    header = _header(first.fields)
    return OpenedTable(header, _of_width(file, entries, len(header)), separator)


def _of_width(
    file: SourceFile, entries: Iterator[Row | Reject], width: int
) -> Iterator[Row | Reject]:
    for entry in entries:
        if isinstance(entry, Row) and len(entry.fields) != width:
            fields = "field" if len(entry.fields) == 1 else "fields"
            reason = f"has {len(entry.fields)} {fields}; the header has {width}"
            yield Reject(f"{file.path}:{entry.line}", reason)
        else:
            yield entry


def read_text_table(file: SourceFile, encoding: str, separator: str | None) -> TextRows:
    """Return the rows of a text file, as RFC 4180 has it; line ends may be LF, CR LF or CR.

    Empty lines are no rows. A line is a reject if it has more or fewer fields than the header, a
    field of more than a million characters, or misplaced quotes.

    Args:
        file: the table.
        encoding: of the file, the name of a codec.
        separator: between the fields; None finds it.

    Raises:
        RejectedFileError: the file is not in the encoding, there is no header or no row after it,
            or a name stands twice.
    """
    opened = open_text_table(file, encoding, separator)
    rows, lines, rejects = [], [], []
    for entry in opened.rows:
        if isinstance(entry, Reject):
            rejects.append(entry)
        else:
            rows.append(entry.fields)
            lines.append(entry.line)
    if not rows:
        held = f"{len(rejects)} lines that are no rows of it" if rejects else "no rows"
        example = f" ({rejects[0].file}: {rejects[0].reason})" if rejects else ""
        raise RejectedFileError(f"has a header and {held}{example}")
    return TextRows(opened.header, rows, lines, rejects, opened.separator)


def _find_separator(file: SourceFile, encoding: str) -> str:
    with open_text(file.content, encoding, newline="") as opened:
        return sniff_separator(opened.read(_SAMPLED_CHARACTERS))


def sniff_separator(text: str) -> str:
    """Return the separator that cuts most of the first 50 rows into as many fields as the header.

    Where several do, the one with the most fields; a table of one column gets a comma.
    """
    best, best_score = SEPARATORS[0], (0.0, 1)
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            sample = [row for row in islice(reader, _SAMPLED_ROWS) if row]
        except csv.Error:  # a field longer than the module allows
            continue
        width = len(sample[0]) if sample else 0
        if width > 1:
            fitting = sum(len(row) == width for row in sample) / len(sample)
            score = (round(fitting, 1), width)
            if score > best_score:
                best, best_score = separator, score
    return best


def _header(fields: list[str]) -> list[str]:
    """Return the columns' names; one without a name gets ``unnamed_<position>``."""
    return check_names(
        [name.strip() or f"unnamed_{position}" for position, name in enumerate(fields, start=1)]
    )


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
