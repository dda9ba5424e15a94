"""Oxford flowers: 8,189 photos of 102 kinds of flowers, of many sizes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kizu.sources.archives import read_archive
from kizu.sources.download import Download, fetch
from kizu.sources.files import Reject, SourceFile
from kizu.sources.origin import Origin, Source

_ADDRESS = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102"
_HASHES = {
    "102flowers.tgz": "sha256:2d01ecc807db462958cfe3d92f57a8c252b4abd240eb955770201e45f783b246",
    "imagelabels.mat": "sha256:4903e94206bac23bf772aadf06451916df56b58fc483a62db32a97b82656651d",
    "setid.mat": "sha256:46b8678f91fd95d3c8f4feab80d271a6c834a1dd896fe29fd3e6ad9ce5c8dccd",
}


def open_flowers() -> Source:
    """Return the photos, labelled by the owners' numbers ``001`` to ``102``.

    The test split has 6,149 of them; train and validation, 1,020 each, are the train split here.
    Nilsback and Zisserman, "Automated Flower Classification over a Large Number of Classes"
    (2008).
    """
    origin = Origin(
        name="flowers",
        title="Oxford flowers, photos of 102 kinds",
        address=f"{_ADDRESS}/",
    )
    photos = read_archive(_fetch("102flowers.tgz"))
    items = label_photos(photos, _fetch("imagelabels.mat"), _fetch("setid.mat"))
    return Source(origin, items)


def label_photos(
    photos: Iterator[SourceFile | Reject], labels: Path, splits: Path
) -> Iterator[SourceFile | Reject]:
    """Yield the photos ``jpg/image_<number>.jpg`` with the labels and splits of two MAT files.

    The entry ``number - 1`` of ``labels`` is a photo's class; ``tstid`` lists the numbers of the
    test split.
    """
    from scipy.io import loadmat

    classes = loadmat(labels)["labels"].ravel()
    tested = set(loadmat(splits)["tstid"].ravel().tolist())
    for photo in photos:
        if isinstance(photo, Reject):
            yield photo
        elif photo.path.endswith(".jpg"):
            number = int(photo.path.removesuffix(".jpg").rpartition("_")[2])
            label = f"{classes[number - 1]:03d}"
            split = "test" if number in tested else "train"
            name = f"{split}/{label}/{number:05d}.jpg"
            yield replace(photo, id=name, path=name, label=label, split=split)


def _fetch(name: str) -> Path:
    return fetch(Download(f"flowers/{name}", f"{_ADDRESS}/{name}", _HASHES[name])).path
