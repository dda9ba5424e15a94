"""What a source yields: files to use, and files to refuse with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class RejectedFileError(ValueError):
    """A file cannot be used; the message is the reason, written for the person who owns it."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Attributes:
        id: what identifies the item in every later table; unique in its source.
        path: where the file goes in the raw folder: a relative POSIX path of safe names.
        label: the class of the item.
        content: the bytes, or the file that holds them.
        split: the source's own, ``train`` or ``test``; empty where it has none.
        mask: of an image, another one that is not black where the image is anomalous; None where
            there is none.
    """

    id: str
    path: str
    label: str
    content: bytes | Path
    split: str = ""
    mask: bytes | Path | None = None


@dataclass(frozen=True)
class MadeFile:
    """One file of a source that has the data in another form; made when needed, never kept.

    Attributes:
        id: as in :class:`SourceFile`.
        path: as in :class:`SourceFile`.
        label: as in :class:`SourceFile`.
        make: returns the bytes; the same ones every time.
        split: as in :class:`SourceFile`.
    """

    id: str
    path: str
    label: str
    make: Callable[[], bytes]
    split: str = ""


@dataclass(frozen=True)
class Reject:
    """A file that is not used, and why."""

    file: str
    reason: str
