"""CIFAR-100: 60,000 photos of a hundred kinds of things, 32 × 32, color."""

from collections.abc import Iterator
from pathlib import Path

from kizu.sources.archives import read_archive
from kizu.sources.cifar_records import read_records
from kizu.sources.download import Download, fetch
from kizu.sources.files import MadeFile, SourceFile
from kizu.sources.origin import Origin, Source

_DOWNLOAD = Download(
    name="cifar-100-binary.tar.gz",
    url="https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    hash="sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
)
_FOLDER = "cifar-100-binary"


def open_cifar100() -> Source:
    """Return CIFAR-100: 50,000 images of the train and 10,000 of the test split, fine labels.

    Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    """
    origin = Origin(
        name="cifar100",
        title="CIFAR-100, small photos of a hundred classes",
        address="https://www.cs.toronto.edu/~kriz/cifar.html",
    )
    return Source(origin, _read(fetch(_DOWNLOAD).path))


def _read(archive: Path) -> Iterator[MadeFile]:
    items = read_archive(archive)
    files = {item.path: Path(str(item.content)) for item in items if isinstance(item, SourceFile)}
    names = files[f"{_FOLDER}/fine_label_names.txt"]
    for split in ("train", "test"):
        yield from read_records([files[f"{_FOLDER}/{split}.bin"]], names, split, label_bytes=2)
