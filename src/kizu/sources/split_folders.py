"""Data sets that lie as `<name>/<split>/<class>/<file>` in an archive."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kizu.sources.files import Reject, SourceFile

_DEPTH = 4


def read_split_folders(
    items: Iterable[SourceFile | Reject], splits: Mapping[str, str]
) -> Iterator[SourceFile | Reject]:
    """Yield the files of the splits, each with its class and its split, and all rejects.

    What lies elsewhere, such as a read-me, is no part of the data.

    Args:
        items: of an archive; a file's path begins with the data set's name.
        splits: ``train`` or ``test`` for each folder that is a split.
    """
    for item in items:
        if isinstance(item, Reject):
            yield item
            continue
        parts = item.path.split("/")
        if len(parts) == _DEPTH and parts[1] in splits:
            name = "/".join(parts[1:])
            yield replace(item, id=name, path=name, label=parts[2], split=splits[parts[1]])
