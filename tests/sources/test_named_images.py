"""MNIST, CIFAR, ants and bees, STL-10 and flowers, in tiny imitations of their files."""

import gzip
import io
import re
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from kizu.sources import cifar10, cifar100, flowers, hymenoptera, mnist, stl10
from kizu.sources.download import Download, Fetched
from kizu.sources.files import MadeFile, Reject, SourceFile
from kizu.sources.manifest import collect

pytestmark = pytest.mark.usefixtures("own_cache")
RANDOM = np.random.default_rng(0)


@pytest.fixture
def served(monkeypatch, tmp_path) -> Callable[..., None]:
    """Lets a module's downloads deliver files of a folder."""

    def serve(module, mirrored: bool = False) -> None:
        def fetch(download: Download) -> Fetched:
            copy = mirrored and download.mirror
            return Fetched(tmp_path / Path(copy.name if copy else download.name).name, mirrored)

        monkeypatch.setattr(module, "fetch", fetch)

    return serve


def pixels(file: SourceFile | MadeFile) -> np.ndarray:
    content = file.make() if isinstance(file, MadeFile) else Path(file.content).read_bytes()
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


def tar(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(RANDOM.integers(0, 256, (9, 7, 3), np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize("module", [mnist, cifar10, cifar100, hymenoptera, stl10, flowers])
def test_every_download_has_an_address_and_a_whole_sha256(module, monkeypatch):
    asked = []

    class AskedError(Exception):
        pass

    def fetch(download):
        asked.append(download)
        raise AskedError

    monkeypatch.setattr(module, "fetch", fetch)
    opener = getattr(module, f"open_{module.__name__.rpartition('.')[2]}")
    with pytest.raises(AskedError):
        list(opener().items)
    (download,) = asked
    assert download.url.startswith(("https://", "http://ai.stanford.edu"))
    hashes = [download.hash] + ([download.mirror.hash] if download.mirror else [])
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", value) for value in hashes)


def test_mnist_is_read_from_idx_files(served, tmp_path):
    served(mnist)
    images = RANDOM.integers(0, 256, (5, 28, 28), np.uint8)
    labels = np.array([5, 0, 5, 9, 1], np.uint8)
    for prefix, part in (("train", slice(0, 3)), ("t10k", slice(3, 5))):
        (tmp_path / f"{prefix}-images-idx3-ubyte.gz").write_bytes(idx(images[part]))
        (tmp_path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(idx(labels[part]))
    files = list(mnist.open_mnist().items)
    assert [(file.id, file.path, file.label, file.split) for file in files] == [
        ("train-00000", "train/5/00000.png", "5", "train"),
        ("train-00001", "train/0/00001.png", "0", "train"),
        ("train-00002", "train/5/00002.png", "5", "train"),
        ("test-00000", "test/9/00000.png", "9", "test"),
        ("test-00001", "test/1/00001.png", "1", "test"),
    ]
    assert all(map(np.array_equal, map(pixels, files), images))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(b"\0\0\x0d\x01\0\0\0\x02ab", mtime=0), "no IDX file of unsigned bytes"),
        (
            gzip.compress(b"\0\0\x08\x01\0\0\0\x03ab", mtime=0),
            r"announces \(3,\), but holds 2 values",
        ),
    ],
)
def test_another_idx_file_is_refused(content, sentence, tmp_path):
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        mnist.read_idx(tmp_path / "a.gz")


def test_cifar10_is_read_from_its_binary_version(served, tmp_path):
    served(cifar10)
    images = RANDOM.integers(0, 256, (12, 32, 32, 3), np.uint8)
    names = [*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"]
    members = {
        f"cifar-10-batches-bin/{name}": b"".join(
            bytes([number % 3]) + images[number].transpose(2, 0, 1).tobytes()
            for number in (2 * batch, 2 * batch + 1)
        )
        for batch, name in enumerate(names)
    }
    members["cifar-10-batches-bin/batches.meta.txt"] = b"airplane\nautomobile\nbird\n\n"
    tar(tmp_path / "cifar-10-binary.tar.gz", members)
    source = cifar10.open_cifar10()
    files = list(source.items)
    assert source.origin.note == ""
    assert all(map(np.array_equal, map(pixels, files), images))
    classes = ["airplane", "automobile", "bird"]
    assert [file.label for file in files] == [classes[number % 3] for number in range(12)]
    assert [file.split for file in files] == ["train"] * 10 + ["test"] * 2


def test_cifar100_is_read_with_its_fine_labels(served, tmp_path):
    served(cifar100)
    images = RANDOM.integers(0, 256, (5, 32, 32, 3), np.uint8)
    coarse, fine = [0, 1, 1, 0, 0], [2, 0, 1, 2, 1]
    records = [
        bytes(labels) + image.transpose(2, 0, 1).tobytes()
        for *labels, image in zip(coarse, fine, images, strict=True)
    ]
    members = {
        "train.bin": b"".join(records[:3]),
        "test.bin": b"".join(records[3:]),
        "coarse_label_names.txt": b"fish\ntrees\n",
        "fine_label_names.txt": b"maple_tree\noak_tree\nray\n",
    }
    tar(
        tmp_path / "cifar-100-binary.tar.gz",
        {f"cifar-100-binary/{name}": content for name, content in members.items()},
    )
    files = list(cifar100.open_cifar100().items)
    assert all(map(np.array_equal, map(pixels, files), images))
    assert [file.label for file in files] == ["ray", "maple_tree", "oak_tree", "ray", "oak_tree"]
    assert [file.split for file in files] == ["train"] * 3 + ["test"] * 2


def test_the_mirrors_cifar10_says_that_it_is_lossy(served, tmp_path):
    served(cifar10, mirrored=True)
    jpeg = photo()
    tar(
        tmp_path / "cifar10-jpeg.tar.gz",
        {
            "cifar10/README.md": b"read me",
            "cifar10/train/cat/0000.jpg": jpeg,
            "cifar10/test/dog/0000.jpg": jpeg,
        },
    )
    source = cifar10.open_cifar10()
    assert "JPEG, with loss" in source.origin.note
    assert [(file.id, file.label, file.split) for file in source.items] == [
        ("train/cat/0000.jpg", "cat", "train"),
        ("test/dog/0000.jpg", "dog", "test"),
    ]


def test_hymenoptera_lists_the_notice_that_is_no_photo(served, tmp_path):
    served(hymenoptera)
    with zipfile.ZipFile(tmp_path / "hymenoptera_data.zip", "w") as archive:
        for name in ("train/ants/a.jpg", "train/bees/b.jpg", "val/ants/c.jpg"):
            archive.writestr(f"hymenoptera_data/{name}", photo())
        archive.writestr("hymenoptera_data/train/ants/imageNotFound.gif", b"GIF89a")
        archive.writestr("hymenoptera_data/.idea/misc.xml", b"<project/>")
    *files, reject = sorted(
        hymenoptera.open_hymenoptera().items, key=lambda item: isinstance(item, Reject)
    )
    assert [(file.path, file.label, file.split) for file in files] == [
        ("train/ants/a.jpg", "ants", "train"),
        ("train/bees/b.jpg", "bees", "train"),
        ("val/ants/c.jpg", "ants", "test"),
    ]
    assert reject.file == "train/ants/imageNotFound.gif"
    assert "no insect" in reject.reason


def test_stl10_is_read_column_by_column(served, tmp_path):
    served(stl10)
    images = RANDOM.integers(0, 256, (5, 96, 96, 3), np.uint8)
    parts = {"train": images[:2], "test": images[2:]}
    labels = {"train": bytes([1, 3]), "test": bytes([2, 2, 1])}
    tar(
        tmp_path / "stl10_binary.tar.gz",
        {
            "stl10_binary/class_names.txt": b"airplane\nbird\ncar\n",
            "stl10_binary/unlabeled_X.bin": b"not used",
            # The owners: the first 96 * 96 values are the red channel, in column-major order.
            **{
                f"stl10_binary/{split}_X.bin": part.transpose(0, 3, 2, 1).tobytes()
                for split, part in parts.items()
            },
            **{f"stl10_binary/{split}_y.bin": values for split, values in labels.items()},
        },
    )
    files = list(stl10.open_stl10().items)
    assert all(map(np.array_equal, map(pixels, files), images))
    assert [file.label for file in files] == ["airplane", "car", "bird", "bird", "airplane"]
    assert [file.split for file in files] == ["train"] * 2 + ["test"] * 3


def test_flowers_are_labelled_by_two_mat_files(served, tmp_path):
    served(flowers)
    tar(
        tmp_path / "102flowers.tgz",
        {f"jpg/image_{number:05d}.jpg": photo() for number in range(1, 5)},
    )
    scipy.io.savemat(tmp_path / "imagelabels.mat", {"labels": [[77, 1, 102, 1]]})
    scipy.io.savemat(tmp_path / "setid.mat", {"trnid": [[1]], "valid": [[4]], "tstid": [[3, 2]]})
    files = list(flowers.open_flowers().items)
    assert [(file.path, file.label, file.split) for file in files] == [
        ("train/077/00001.jpg", "077", "train"),
        ("test/001/00002.jpg", "001", "test"),
        ("test/102/00003.jpg", "102", "test"),
        ("train/001/00004.jpg", "001", "train"),
    ]


def test_made_images_are_the_same_bytes_when_they_are_written(served, tmp_path):
    served(mnist)
    images = RANDOM.integers(0, 256, (3, 28, 28), np.uint8)
    for prefix in ("train", "t10k"):
        (tmp_path / f"{prefix}-images-idx3-ubyte.gz").write_bytes(idx(images))
        (tmp_path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(idx(np.zeros(3, np.uint8)))
    collection = collect(mnist.open_mnist().items, lambda _: {}, 0)
    sizes = {row["path"]: row["size_bytes"] for row in collection.manifest}
    assert {name: len(make()) for name, make in collection.contents.items()} == sizes
