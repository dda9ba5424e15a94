"""The stage `images`."""

from kizu.preprocessing.splits import check_disjoint, content_hashes


def test_small_digits_have_every_class_in_every_split(small_digits):
    counts = small_digits.index.groupby(["class_name", "split"]).size().unstack()
    assert (counts["train"] == 12).all()
    assert (counts["calibration"] == 6).all()
    assert (counts["test"] == 6).all()
    assert small_digits.images.shape == (240, 1, 16, 16)
    assert small_digits.images.dtype == "uint8"
    check_disjoint(
        small_digits.index["id"], content_hashes(small_digits.images), small_digits.index["split"]
    )
