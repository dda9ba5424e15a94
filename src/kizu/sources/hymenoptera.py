"""Hymenoptera: 397 photos of ants and bees, of many sizes."""

from collections.abc import Iterator

from kizu.sources.archives import read_archive
from kizu.sources.download import Download, MirrorCopy, fetch
from kizu.sources.files import Reject, SourceFile
from kizu.sources.origin import Origin, Source
from kizu.sources.split_folders import read_split_folders

_DOWNLOAD = Download(
    name="hymenoptera_data.zip",
    url="https://download.pytorch.org/tutorial/hymenoptera_data.zip",
    hash="sha256:fbc41b31d544714d18dd1230b1e2b455e1557766e13e67f9f5a7a23af7c02209",
    # The same files, packed again.
    mirror=MirrorCopy(
        name="hymenoptera_data.zip",
        hash="sha256:18e5493e397598dc8b5f7f11977d6d31369aca8e96b4cb2044797119e3493fe0",
    ),
)
_PLACEHOLDER = "imageNotFound.gif"


def open_hymenoptera() -> Source:
    """Return the photos of PyTorch's tutorial on transfer learning, a small part of ImageNet.

    Its validation split is the test split here.
    """
    origin = Origin(
        name="hymenoptera",
        title="Hymenoptera, photos of ants and bees",
        address="https://pytorch.org/tutorials/beginner/transfer_learning_tutorial.html",
    )
    items = read_archive(fetch(_DOWNLOAD).path)
    return Source(origin, _refuse_placeholder(items))


def _refuse_placeholder(items: Iterator[SourceFile | Reject]) -> Iterator[SourceFile | Reject]:
    for item in read_split_folders(items, {"train": "train", "val": "test"}):
        if isinstance(item, SourceFile) and item.path.endswith(f"/{_PLACEHOLDER}"):
            yield Reject(item.path, "shows a notice that the photo was not found, and no insect")
        else:
            yield item
