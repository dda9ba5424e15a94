"""CIFAR-10: 60,000 photos of ten kinds of things, 32 × 32, color."""

from collections.abc import Iterator
from pathlib import Path

from kizu.sources.archives import read_archive
from kizu.sources.cifar_records import read_records
from kizu.sources.download import Download, MirrorCopy, fetch
from kizu.sources.files import MadeFile, Reject, SourceFile
from kizu.sources.origin import Origin, Source
from kizu.sources.split_folders import read_split_folders

# The binary version: the one for Python is made of pickles, which can run code.
_DOWNLOAD = Download(
    name="cifar-10-binary.tar.gz",
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    hash="sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    mirror=MirrorCopy(
        name="cifar10-jpeg.tar.gz",
        hash="sha256:59e8a6f00f2077895c050dcddee89331cbb4810e387812a5c70c83338efeb86c",
        note="A copy whose images were compressed as JPEG, with loss: fine for training and for "
        "comparing methods, but the figures are not those of the original CIFAR-10.",
    ),
)
_FOLDER = "cifar-10-batches-bin"
_BATCHES = {"train": [f"data_batch_{n}.bin" for n in range(1, 6)], "test": ["test_batch.bin"]}


def open_cifar10() -> Source:
    """Return CIFAR-10: 50,000 images of the train and 10,000 of the test split.

    Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    """
    fetched = fetch(_DOWNLOAD)
    mirror = _DOWNLOAD.mirror if fetched.mirrored else None
    origin = Origin(
        name="cifar10",
        title="CIFAR-10, small photos of ten classes",
        address="https://www.cs.toronto.edu/~kriz/cifar.html",
        note=mirror.note if mirror else "",
    )
    items = read_archive(fetched.path)
    if mirror:
        return Source(origin, read_split_folders(items, {"train": "train", "test": "test"}))
    return Source(origin, read_batches(items))


def read_batches(items: Iterator[SourceFile | Reject]) -> Iterator[MadeFile]:
    """Yield the images of the binary version."""
    files = {item.path: Path(str(item.content)) for item in items if isinstance(item, SourceFile)}
    names = files[f"{_FOLDER}/batches.meta.txt"]
    for split, batches in _BATCHES.items():
        records = [files[f"{_FOLDER}/{name}"] for name in batches]
        yield from read_records(records, names, split, label_bytes=1)
