"""Where data comes from, as its readers must know it."""

from collections.abc import Iterable
from dataclasses import dataclass

from kizu.sources.files import MadeFile, Reject, SourceFile


@dataclass(frozen=True)
class Origin:
    """What a report says about the data's source.

    Attributes:
        name: of the source, as in the parameters.
        title: in words.
        address: the official one, empty for data that is made or carried by a library.
        license: as its owners state it, empty where they do not.
        note: what must stand beside every figure measured on it, such as "synthetic" or "a lossy
            copy"; empty where there is nothing to say.
    """

    name: str
    title: str
    address: str = ""
    license: str = ""
    note: str = ""


@dataclass(frozen=True)
class Source:
    """Files and rejects, and where they come from; the items are read once, in order."""

    origin: Origin
    items: Iterable[SourceFile | MadeFile | Reject]
