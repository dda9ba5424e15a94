"""Defects planted into normal images."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kizu.detection.images.planting import plant_patches


@pytest.fixture(scope="module")
def digits():
    eights = load_digits().images[load_digits().target == 8]
    return (eights[:40, np.newaxis] * 15).astype(np.uint8)


@pytest.fixture(scope="module")
def noise():
    """Color images of which no pixel is like another."""
    return np.random.default_rng(0).integers(0, 256, (6, 3, 40, 30)).astype(np.uint8)


def test_a_mask_is_where_the_image_changed(digits):
    planted = plant_patches(digits, 24, seed=0)
    assert planted.images.shape == (24, 1, 8, 8)
    assert len(set(planted.rows)) == 24
    for row, image, mask in zip(*planted, strict=True):
        changed = np.abs(image.astype(int) - digits[row])[0] >= 16
        assert changed.any()
        assert (mask >= changed).all()
        # What the closing adds touches a change.
        assert mask.sum() <= 3 * changed.sum()


def test_a_patch_is_a_rectangle_from_another_image(noise):
    planted = plant_patches(noise, 6, seed=1)
    assert planted.rows.tolist() == [0, 1, 2, 3, 4, 5]
    for row, image, mask in zip(*planted, strict=True):
        changed = (image != noise[row]).any(axis=0)
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        box = np.s_[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        patch = image[box]
        assert 0.01 < patch[0].size / mask.size < 0.2
        assert not mask[~changed].any()
        windows = np.lib.stride_tricks.sliding_window_view(noise, patch.shape, axis=(1, 2, 3))
        matches = np.argwhere((windows == patch).all(axis=(-1, -2, -3)))
        assert len(matches) == 1
        assert matches[0, 0] != row


def test_the_seed_decides(digits):
    first, again, other = (plant_patches(digits, 5, seed) for seed in (3, 3, 4))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.images, other.images)


def test_images_in_which_nothing_would_show_are_left_out():
    planted = plant_patches(np.full((4, 1, 8, 8), 7, np.uint8), 3, seed=0)
    assert planted.images.shape == (0, 1, 8, 8)
    assert planted.masks.shape == (0, 8, 8)
    assert planted.rows.shape == (0,)


def test_no_more_than_there_are(digits):
    assert len(plant_patches(digits[:3], 24, seed=0).rows) == 3
    with pytest.raises(ValueError, match="at least two, to paste from one into another, got 1"):
        plant_patches(digits[:1], 24, seed=0)
