"""Rows of a CSV or TSV file, read one after the other."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kizu.sources.encodings import open_text
from kizu.sources.files import Reject, SourceFile

# What Python's csv module says, and what its readers need to hear.
_REASONS = {
    "unexpected end of data": "a quote that opens here is never closed",
    "expected after": "has text after a closing quote; a quote inside a field is written twice",
    "field larger than field limit": "has a field of more than {most} characters (is a quote "
    "never closed?)",
}


@dataclass(frozen=True)
class Row:
    """A row: its fields, and the line of the file in which it begins, counted from 1."""

    line: int
    fields: list[str]


def read_rows(
    file: SourceFile, encoding: str, delimiter: str, most_characters: int
) -> Iterator[Row | Reject]:
    """Yield the rows of a file, the header first; empty lines are none.

    A row that cannot be read is refused with the line in which it begins, and the next one is
    read. Fields may be quoted as RFC 4180 says, and hold line ends then.

    Raises:
        RejectedFileError: the file cannot be read to its end.
    """
    with (
        open_text(file.content, encoding, newline="") as opened,
        _field_limit(most_characters),
    ):
        reader = csv.reader(opened, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                reason = _reason(str(error), most_characters)
                swallowed = reader.line_num - line
                if swallowed > 0:
                    reason += f"; the lines to {reader.line_num} are lost with it"
                yield Reject(f"{file.path}:{line}", reason)
                continue
            if fields:
                yield Row(line, fields)


@contextmanager
def _field_limit(most_characters: int) -> Iterator[None]:
    # The csv module has one limit for the whole process.
    before = csv.field_size_limit(most_characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _reason(message: str, most_characters: int) -> str:
    for part, reason in _REASONS.items():
        if part in message:
            return reason.format(most=most_characters)
    return f"is no row of the table ({message})"
