import numpy as np
import pytest

from kizu.detection.images.arrays import check_images, residual_map
from kizu.detection.neighbors import NeighborIndex


def test_against_a_naive_loop():
    random = np.random.default_rng(0)
    normal, queries = random.normal(size=(20, 6)), random.normal(size=(9, 6))
    index = NeighborIndex(normal, 4)
    distances = np.array([[np.linalg.norm(q - n) for n in normal] for q in queries])
    np.testing.assert_allclose(
        index.mean_distance(queries), np.sort(distances, axis=1)[:, :4].mean(axis=1), rtol=1e-12
    )
    np.testing.assert_array_equal(index.nearest(queries), distances.argmin(axis=1))


def test_residual_map_averages_channels_without_wrapping_around():
    images = np.array([[[[0]], [[255]]]], np.uint8)
    reconstructions = np.array([[[[255]], [[204]]]], np.uint8)
    assert residual_map(images, reconstructions).item() == pytest.approx((1 + 0.2) / 2)


def test_check_images_passes_good_ones_through():
    images = np.zeros((1, 3, 4, 5), np.uint8)
    assert check_images(images, (3, 4, 5)) is images
