"""The real data sets, where a mirror holds them."""

import gzip
import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest

from kizu.sources.files import Reject
from kizu.sources.hymenoptera import open_hymenoptera
from kizu.sources.mnist import open_mnist

MIRROR = os.environ.get("KIZU_DATA_MIRROR", "")

# As published for the files before compression, by torchvision among others.
IDX_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIZU_CACHE", str(tmp_path))


@pytest.mark.skipif(not Path(MIRROR, "mnist").is_dir(), reason="no mirror with MNIST")
def test_mnist_is_whole():
    for name, expected in IDX_MD5.items():
        content = gzip.decompress(Path(MIRROR, "mnist", f"{name}.gz").read_bytes())
        assert hashlib.md5(content).hexdigest() == expected
    files = list(open_mnist().items)
    assert Counter(file.split for file in files) == {"train": 60_000, "test": 10_000}
    assert Counter(file.label for file in files)["1"] == 6742 + 1135


@pytest.mark.skipif(
    not Path(MIRROR, "hymenoptera_data.zip").is_file(), reason="no mirror with ants and bees"
)
def test_hymenoptera_is_whole():
    items = list(open_hymenoptera().items)
    files = [item for item in items if not isinstance(item, Reject)]
    assert Counter((file.split, file.label) for file in files) == {
        ("train", "ants"): 123,
        ("train", "bees"): 121,
        ("test", "ants"): 70,
        ("test", "bees"): 83,
    }
    assert len(items) == len(files) + 1
