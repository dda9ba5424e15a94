"""Where text comes from: the built-in log, named sets, and the user's own folder."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from kizu.sources.archives import read_archive
from kizu.sources.download import Download, MirrorCopy, fetch
from kizu.sources.files import Reject, SourceFile
from kizu.sources.folder import read_folder
from kizu.sources.machine_logs import machine_logs
from kizu.sources.origin import Origin, Source
from kizu.sources.text import TextColumns, TextLayout

TextSource = Literal["machine_logs", "imdb", "bgl", "folder"]

_IMDB = Origin(
    name="imdb",
    title="Large Movie Review Dataset: 50,000 labeled reviews from IMDb, half of them test",
    address="https://ai.stanford.edu/~amaas/data/sentiment/",
)
_IMDB_ARCHIVE = Download(
    name="aclImdb_v1.tar.gz",
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    hash="sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    mirror=MirrorCopy(
        "aclImdb_v1.tar.gz",
        "sha256:a257d31579673dd791bc431b8b341f2d5b15f2a8ebad8615f2609ab16fbe3c47",
        note="From a mirror that holds the labeled reviews only; these are all that is used.",
    ),
)
# The archive also holds reviews without labels, addresses and counted words.
_IMDB_REVIEW = re.compile(r"aclImdb/(train|test)/(pos|neg)/[^/]+\.txt")
_IMDB_CLASSES = {"pos": "positive", "neg": "negative"}

_BGL = Origin(
    name="bgl",
    title="BGL: 2,000 lines of the log of a BlueGene/L supercomputer",
    address="https://github.com/logpai/loghub",
    license="free for research or academic work, with the reference that Loghub asks for",
    note="A sample of 2,000 lines, neither consecutive nor chosen at random: sequences in it are "
    "not those of the machine.",
)
_BGL_FILE = Download(
    name="bgl_2k.csv",
    url=(
        "https://raw.githubusercontent.com/logpai/loghub/"
        "374038faa4ca122dd7ca0730372c0b78f76f8597/BGL/BGL_2k.log_structured.csv"
    ),
    hash="sha256:3fe74103c0b02a28514534e2a47257a3f770135ca61afd425bbd3b9d6a31fe26",
)


def _table(*text: str, label: str, normal: str | None, time: str) -> TextLayout:
    # Their own files are tables. In a plain copy of such a log, a document is a line.
    columns = TextColumns(text=text, label=label, normal=normal, time=time)
    return TextLayout(unit="line", columns=columns)


# What a document is in the sources whose files are known; a folder's owner says it.
_LAYOUTS = {
    "machine_logs": _table(
        "component", "level", "message", label="label", normal=None, time="time"
    ),
    "bgl": _table("Content", label="Label", normal="-", time="Timestamp"),
}


def text_layout(source: TextSource, folder_layout: TextLayout) -> TextLayout:
    """Return what a document is in the files of a source.

    Args:
        source: as in the parameters.
        folder_layout: of the user's own folder.
    """
    if source == "imdb":
        return folder_layout.model_copy(update={"unit": "file"})
    return _LAYOUTS.get(source, folder_layout)


def open_texts(
    source: TextSource, folder: Path | None, layout: TextLayout
) -> tuple[Source, TextLayout]:
    """Return the files of a source, and what a document is in them.

    Args:
        source: as in the parameters.
        folder: the user's own, where the source is that.
        layout: of the folder's files.

    Raises:
        ValueError: the source is a folder, and none is named.
        DownloadError: a named set cannot be had.
    """
    known = text_layout(source, layout)
    if source == "machine_logs":
        return machine_logs(), known
    if source == "imdb":
        return _imdb(), known
    if source == "bgl":
        path = fetch(_BGL_FILE).path
        return Source(_BGL, [SourceFile("bgl", "bgl_2k.csv", "bgl", path)]), known
    if folder is None:
        raise ValueError(
            "ingest_text.source is 'folder', but the catalog entry 'source_text' names no "
            "folder. Set its `filepath`."
        )
    return Source(Origin("folder", "Text of the user's own folder"), read_folder(folder)), known


def _imdb() -> Source:
    fetched = fetch(_IMDB_ARCHIVE)
    note = _IMDB_ARCHIVE.mirror.note if fetched.mirrored and _IMDB_ARCHIVE.mirror else ""
    return Source(replace(_IMDB, note=note), _reviews(fetched.path))


def _reviews(archive: Path) -> Iterator[SourceFile | Reject]:
    for item in read_archive(archive):
        if isinstance(item, Reject):
            yield item
        elif match := _IMDB_REVIEW.fullmatch(item.path):
            yield replace(item, split=match[1], label=_IMDB_CLASSES[match[2]])
