"""What a file seems to hold, judged by its name and its beginning."""

import codecs
import io
from collections.abc import Sequence
from pathlib import Path

from kizu.sources.files import RejectedFileError

_SAMPLE = 1024


def check_extension(path: str, extensions: Sequence[str]) -> str:
    """Return the extension of a file's name, in lower case.

    Raises:
        RejectedFileError: it is none of ``extensions``.
    """
    extension = Path(path).suffix.lower()
    if extension not in extensions:
        allowed = ", ".join(extensions)
        raise RejectedFileError(f"has the extension {extension!r}; {allowed} are accepted")
    return extension


def read_start(content: bytes | Path) -> bytes:
    """Return the first 1,024 bytes of a content.

    Raises:
        RejectedFileError: it is empty or cannot be read.
    """
    try:
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            start = file.read(_SAMPLE)
    except OSError as error:
        raise RejectedFileError(f"cannot be read: {error.strerror}") from error
    if not start:
        raise RejectedFileError("is empty")
    return start


def is_text(start: bytes) -> bool:
    """Return whether the beginning of a file is readable text in UTF-8."""
    # An incremental decoder forgives a character that the end of the sample cuts in two.
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(start)
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)
