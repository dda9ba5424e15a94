"""Which encoding a file of text has; what is no text is refused."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, TextIO

from pydantic import AfterValidator

from kizu.sources.files import RejectedFileError

# UTF-32 before UTF-16, whose byte order mark its own begins with.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What is looked for where the bytes are no UTF-8. A guess among all encodings there are would find
# one for anything.
_LEGACY = ["cp932", "euc_jp", "cp1252"]
# Files that begin like this hold no text, whatever their name says.
_BINARY_STARTS = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"PAR1": "a Parquet table",
    b"SQLite format 3": "an SQLite database",
}
# All control characters but tab, line feed, form feed, carriage return and escape.
_CONTROL = bytes(sorted({*range(1, 32), 0x7F} - {0x09, 0x0A, 0x0C, 0x0D, 0x1B}))
# People's texts hold a stray one now and then; of random bytes, every tenth is one.
_MOST_CONTROL = 0.05
_PIECE = 2**20
_SAMPLE = 2**16


def _known_encoding(encoding: str) -> str:
    try:
        return encoding if encoding == "auto" else codecs.lookup(encoding).name
    except LookupError as error:
        raise ValueError(
            f"unknown encoding {encoding!r}; auto or a codec of Python, such as shift_jis"
        ) from error


Encoding = Annotated[str, AfterValidator(_known_encoding)]
"""``auto``, or the name of a codec of Python."""


def encoding_of(content: bytes | Path, encoding: str) -> str:
    """Return the encoding that the parameters name, or the detected one where they say ``auto``.

    Raises:
        RejectedFileError: see :func:`detect_encoding`.
    """
    return detect_encoding(content) if encoding == "auto" else encoding


def detect_encoding(content: bytes | Path) -> str:
    """Return the name of the encoding of a text; the content is read in pieces.

    A byte order mark decides. Without one, text that is UTF-8 is taken as UTF-8 (or ISO-2022-JP,
    if it has that encoding's escapes). Everything else is judged by ``charset_normalizer`` among
    Shift_JIS (as Windows writes it), EUC-JP and Windows-1252. Other encodings may look like one of
    these: their owner knows better, and names them in the parameters.

    Raises:
        RejectedFileError: the content is empty, binary (NULs, many control characters), cannot be
            read, or is in none of these encodings.
    """
    with open_binary(content) as file:
        start = file.read(_SAMPLE)
        if not start:
            raise RejectedFileError("is empty")
        for beginning, what in _BINARY_STARTS.items():
            if start.startswith(beginning):
                raise RejectedFileError(f"holds {what}, no text")
        for mark, name in _MARKS.items():
            if start.startswith(mark):
                return name
        file.seek(0)
        foreign = _first_that_is_no_utf8(file)
    if foreign is None:
        return "iso2022_jp" if b"\x1b$" in start or b"\x1b(" in start else "utf-8"
    return _legacy(foreign)


@contextmanager
def open_text(content: bytes | Path, encoding: str, *, newline: str | None) -> Iterator[TextIO]:
    """Open a content as text; ``newline`` is that of the built-in ``open``.

    Raises:
        RejectedFileError: on reading, where the bytes are not in the encoding.
    """
    with open_binary(content) as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors="strict", newline=newline)
        try:
            yield text
        except UnicodeError as error:
            raise RejectedFileError(f"begins as {encoding}, but is not so to its end") from error
        finally:
            text.detach()


@contextmanager
def open_binary(content: bytes | Path) -> Iterator[IO[bytes]]:
    """Open a content to read its bytes.

    Raises:
        RejectedFileError: the file cannot be opened, or not be read to its end.
    """
    try:
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            yield file
    except OSError as error:
        raise RejectedFileError(f"cannot be read to its end ({error.strerror})") from error


def _first_that_is_no_utf8(file: IO[bytes]) -> bytes | None:
    """Return a sample around the first bytes that are no UTF-8; None if there are none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    piece = b""
    try:
        while read := file.read(_PIECE):
            piece = read
            if b"\0" in piece:
                raise RejectedFileError(
                    "holds NUL characters: a binary or damaged file, or UTF-16 without its byte "
                    "order mark"
                )
            control = len(piece) - len(piece.translate(None, delete=_CONTROL))
            if control > _MOST_CONTROL * len(piece):
                raise RejectedFileError(
                    f"holds {control} control characters in {len(piece)} bytes: binary data"
                )
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        begin = max(0, error.start - _SAMPLE // 2)
        return piece[begin : begin + _SAMPLE] or piece
    return None


def _legacy(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    # A sample may begin or end within a character: whole lines are judged, if there are some.
    lines = sample.split(b"\n")
    whole = b"\n".join(lines[1:-1]) if len(lines) > 2 and len(sample) >= _SAMPLE else sample
    best = from_bytes(whole, cp_isolation=_LEGACY).best()
    if best is None:
        raise RejectedFileError(
            "is in none of the encodings that are recognized (UTF-8, UTF-16, UTF-32, Shift_JIS, "
            "EUC-JP, ISO-2022-JP, Windows-1252); name its encoding in checks.encoding"
        )
    return str(best.encoding)
