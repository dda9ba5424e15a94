"""Documents from files of text: a document a file, a line, or a row of a table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Literal, TextIO

from pydantic import Field

from kizu.parameters import Parameters
from kizu.sources.delimited import Row, read_rows
from kizu.sources.encodings import Encoding, encoding_of, open_text
from kizu.sources.files import Reject, RejectedFileError, SourceFile

NORMAL = "normal"
UNLABELED = "unlabeled"
# No encoding in use has longer characters.
_MOST_BYTES_A_CHARACTER = 4
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
Extension = Literal[".txt", ".log", ".csv", ".tsv"]


class TextColumns(Parameters):
    """Which columns of a table (CSV, TSV) hold what."""

    text: tuple[str, ...] = Field(
        min_length=1, strict=False, description="Columns of the text, joined by a space."
    )
    label: str | None = Field(description="Column of the class; null: the data has no classes.")
    normal: str | None = Field(
        description="Value of the label that means normal, such as '-'; the class is then named "
        "`normal`. null: labels stay as they are."
    )
    time: str | None = Field(
        description="Column of the time: a number, or a date and time as in ISO 8601. null: the "
        "order of the file is the order of time."
    )


class TextLayout(Parameters):
    """What a document is in a source's files."""

    unit: Literal["file", "line"] = Field(
        description="What a document is in a .txt or .log file. In a table it is a row."
    )
    columns: TextColumns

    def without_labels(self) -> "TextLayout":
        """Return the same for documents that nobody has labeled, in the order of their file."""
        columns = self.columns.model_copy(update={"label": None, "normal": None, "time": None})
        return self.model_copy(update={"columns": columns})


class TextChecks(Parameters):
    """What a file and a document must be to be used."""

    extensions: tuple[Extension, ...] = Field(
        min_length=1, strict=False, description="File name extensions to accept, in lower case."
    )
    encoding: Encoding = Field(
        description="auto, or the name of an encoding that is not detected, such as gb18030."
    )
    max_characters: int = Field(
        gt=0, le=100_000_000, description="Most characters of a document; longer ones are refused."
    )


@dataclass(frozen=True)
class Document:
    """A document of a source.

    Attributes:
        id: its file's, with the line for all but a document a file; unique in its source.
        text: as in the file, line ends as line feeds.
        label: its class.
        split: the source's own, ``train`` or ``test``; empty where it has none.
        time: as the source states it; empty where it states none.
        seconds: the time as a number, to sort by; 0 where the source states none.
    """

    id: str
    text: str
    label: str
    split: str = ""
    time: str = ""
    seconds: float = 0.0


def read_documents(
    file: SourceFile, layout: TextLayout, checks: TextChecks
) -> tuple[str, Iterator[Document | Reject]]:
    """Return a file's encoding, and its documents with the lines and rows that are none.

    Documents are read one after the other, and a line that is no document does not end the file.

    Raises:
        RejectedFileError: here or while reading, where the whole file cannot be used.
    """
    extension = PurePosixPath(file.path).suffix.lower()
    if extension not in checks.extensions:
        allowed = ", ".join(checks.extensions)
        raise RejectedFileError(f"has the extension {extension!r}; {allowed} are accepted")
    encoding = encoding_of(file.content, checks.encoding)
    if extension in _DELIMITERS:
        rows = read_rows(file, encoding, _DELIMITERS[extension], checks.max_characters)
        return encoding, _from_rows(file, rows, layout.columns, checks)
    if layout.unit == "line":
        return encoding, _from_lines(file, encoding, checks)
    return encoding, _whole(file, encoding, checks)


def _whole(file: SourceFile, encoding: str, checks: TextChecks) -> Iterator[Document]:
    most = checks.max_characters
    content = file.content
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if size > most * _MOST_BYTES_A_CHARACTER + _MOST_BYTES_A_CHARACTER:
        raise RejectedFileError(f"has {size} bytes; {most} characters are allowed")
    with open_text(file.content, encoding, newline=None) as opened:
        text = opened.read()
    _check(text, most)
    yield Document(file.id, text, file.label, file.split)


def _from_lines(file: SourceFile, encoding: str, checks: TextChecks) -> Iterator[Document | Reject]:
    most = checks.max_characters
    with open_text(file.content, encoding, newline=None) as opened:
        for number, line in enumerate(_bounded_lines(opened, most), start=1):
            where = f"{file.id}:{number}"
            if not line.strip():  # an empty line parts others; it is no document
                continue
            try:
                _check(line, most)
            except RejectedFileError as error:
                yield Reject(where, str(error))
            else:
                yield Document(where, line, file.label, file.split)


def _bounded_lines(opened: TextIO, most: int) -> Iterator[str]:
    """Yield lines without their ends; of a longer line than ``most``, only one character more."""
    while line := opened.readline(most + 1):
        rest = line
        while rest and not rest.endswith("\n"):
            rest = opened.readline(most + 1)
        yield line.removesuffix("\n")


def _from_rows(
    file: SourceFile, rows: Iterator[Row | Reject], columns: TextColumns, checks: TextChecks
) -> Iterator[Document | Reject]:
    make: Callable[[Row], Document] | None = None
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        if make is None:
            make = _document_maker(file, row, columns, checks)
            continue
        try:
            yield make(row)
        except RejectedFileError as error:
            yield Reject(f"{file.path}:{row.line}", str(error))
    if make is None:
        raise RejectedFileError("has no header")


def _document_maker(
    file: SourceFile, header: Row, columns: TextColumns, checks: TextChecks
) -> Callable[[Row], Document]:
    names = [name.strip() for name in header.fields]
    text_places = [_place(name, names) for name in columns.text]
    label_place = None if columns.label is None else _place(columns.label, names)
    time_place = None if columns.time is None else _place(columns.time, names)

    def make(row: Row) -> Document:
        if len(row.fields) != len(names):
            raise RejectedFileError(f"has {len(row.fields)} fields; the header has {len(names)}")
        text = " ".join(row.fields[place] for place in text_places)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        _check(text, checks.max_characters)
        label = UNLABELED if label_place is None else row.fields[label_place].strip()
        if not label:
            raise RejectedFileError(f"has no value in the column {columns.label!r}")
        if columns.normal is not None and label == columns.normal:
            label = NORMAL
        time = "" if time_place is None else row.fields[time_place].strip()
        seconds = 0.0 if time_place is None else _seconds(time)
        return Document(f"{file.id}:{row.line}", text, label, file.split, time, seconds)

    return make


def _place(name: str, names: list[str]) -> int:
    found = names.count(name)
    if found == 0:
        raise RejectedFileError(f"has no column {name!r}; it has {', '.join(map(repr, names))}")
    if found > 1:
        raise RejectedFileError(f"has {found} columns named {name!r}")
    return names.index(name)


def _check(text: str, most: int) -> None:
    if not text.strip():
        raise RejectedFileError("has no text")
    if len(text) > most:
        raise RejectedFileError(f"has more than {most} characters")
    if "\0" in text:
        raise RejectedFileError("holds NUL characters")


def _seconds(time: str) -> float:
    try:
        number = float(time)
    except ValueError:
        pass
    else:
        if isfinite(number):
            return number
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        raise RejectedFileError(
            f"has the time {time!r}, which is neither a number nor a date and time (ISO 8601)"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
