"""STL-10: 13,000 labelled photos of ten kinds of things, 96 × 96, color."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kizu.sources.archives import read_archive
from kizu.sources.download import Download, fetch
from kizu.sources.files import MadeFile, Reject, SourceFile
from kizu.sources.origin import Origin, Source
from kizu.sources.pixels import png_files

_DOWNLOAD = Download(
    name="stl10_binary.tar.gz",
    url="http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
    hash="sha256:f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
)
_FOLDER = "stl10_binary"
_SIDE = 96


def open_stl10() -> Source:
    """Return STL-10: 5,000 images of the train and 8,000 of the test split.

    Its 100,000 images without a label are left aside. Coates, Lee and Ng, "An Analysis of
    Single-Layer Networks in Unsupervised Feature Learning" (2011).
    """
    origin = Origin(
        name="stl10",
        title="STL-10, photos of ten classes",
        address="https://cs.stanford.edu/~acoates/stl10/",
    )
    return Source(origin, read_arrays(read_archive(fetch(_DOWNLOAD).path)))


def read_arrays(items: Iterator[SourceFile | Reject]) -> Iterator[MadeFile]:
    """Yield the images of both splits: 3 × 96 × 96 values, column by column; labels from 1 on."""
    files = {item.path: Path(str(item.content)) for item in items if isinstance(item, SourceFile)}
    classes = files[f"{_FOLDER}/class_names.txt"].read_text("ascii").split()
    for split in ("train", "test"):
        values = np.memmap(files[f"{_FOLDER}/{split}_X.bin"], np.uint8, mode="r")
        images = values.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 3, 2, 1)
        labels = np.fromfile(files[f"{_FOLDER}/{split}_y.bin"], np.uint8)
        yield from png_files(images, [classes[label - 1] for label in labels], split)
