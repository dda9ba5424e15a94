"""A folder laid out as MVTec AD."""

from kizu.sources.files import Reject
from kizu.sources.masked_folder import read_masked_folder


def test_splits_classes_and_masks_come_from_the_folders(tmp_path):
    names = [
        "train/good/000.png",
        "test/good/000.png",
        "test/crack/000.jpg",
        "test/crack/001.png",
        "ground_truth/crack/000_mask.png",
        "ground_truth/crack/002_mask.png",
        "license.txt",
        "test/crack/deep/003.png",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    items = list(read_masked_folder(tmp_path))

    found = {
        item.path: (item.split, item.label, item.mask)
        for item in items
        if not isinstance(item, Reject)
    }
    assert found == {
        "train/good/000.png": ("train", "good", None),
        "test/good/000.png": ("test", "good", None),
        "test/crack/000.jpg": ("test", "crack", tmp_path / "ground_truth/crack/000_mask.png"),
        "test/crack/001.png": ("test", "crack", None),
    }
    elsewhere = "lies elsewhere than in train/<class>, test/<class>, ground_truth/<class>"
    assert {item.file: item.reason for item in items if isinstance(item, Reject)} == {
        "license.txt": elsewhere,
        "test/crack/deep/003.png": elsewhere,
        "ground_truth/crack/002_mask.png": "is the mask of no image in test/",
    }
