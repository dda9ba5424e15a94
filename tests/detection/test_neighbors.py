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


@pytest.mark.parametrize(("normal_count", "width"), [(40, 3), (40, 100), (700, 17), (700, 96)])
def test_a_query_alone_or_in_a_batch(normal_count, width):
    """To the last bit, and with copies among the normal samples; the nearest first row wins."""
    random = np.random.default_rng(0)
    normal = random.normal(size=(normal_count, width)).astype(np.float32)
    normal[5] = normal[30]
    queries = random.normal(size=(301, width)).astype(np.float32)
    queries[7] = normal[30]
    index = NeighborIndex(normal, 3)
    together = index.search(queries, 3)
    assert together.rows[7, :2].tolist() == [5, 30]
    for row in range(0, 301, 7):
        alone = index.search(queries[[row]], 3)
        np.testing.assert_array_equal(alone.distances[0], together.distances[row])
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])


@pytest.mark.parametrize("normal_count", [6, 60, 700])
def test_more_samples_at_one_distance_than_neighbors(normal_count):
    """Whole numbers tie often; and the queries are more than are measured at once."""
    random = np.random.default_rng(0)
    normal = random.integers(2, size=(normal_count, 40)).astype(np.float32)
    queries = random.integers(2, size=(10_000, 40)).astype(np.float32)
    squares = queries.sum(axis=1)[:, np.newaxis] - 2 * queries @ normal.T + normal.sum(axis=1)
    found = NeighborIndex(normal, 4).search(queries, 4)
    nearest = np.sort(squares, axis=1)[:, :4]
    np.testing.assert_array_equal(found.distances.astype(np.float32), np.sqrt(nearest))
    np.testing.assert_array_equal(np.take_along_axis(squares, found.rows, axis=1), nearest)
    # Each row once, and those of one distance in their order.
    assert ((np.diff(found.rows) > 0) | (np.diff(found.distances) > 0)).all()


def test_single_precision_against_double():
    random = np.random.default_rng(0)
    normal = random.normal(3, size=(700, 50)).astype(np.float32)
    # Some lie very close to a normal sample, where squares cancel.
    queries = random.normal(3, size=(200, 50)).astype(np.float32)
    queries[::4] = normal[:50] + random.normal(scale=1e-4, size=(50, 50)).astype(np.float32)
    differences = queries[:, np.newaxis].astype(np.float64) - normal
    distances = np.sqrt(np.square(differences).sum(axis=2))
    found = NeighborIndex(normal, 4).search(queries, 4)
    np.testing.assert_allclose(found.distances, np.sort(distances, axis=1)[:, :4], rtol=1e-6)
    np.testing.assert_array_equal(found.rows, distances.argsort(axis=1)[:, :4])


@pytest.mark.parametrize("distance", [1.0, 1e3, 1e5, 1e20])
def test_clusters_far_apart_do_not_blur_what_is_close(distance):
    """Squares of coordinates cancel there; in float32 nothing of the differences would be left."""
    random = np.random.default_rng(0)
    near, far = random.normal(size=(2, 60, 5)).astype(np.float32)
    queries = random.normal(size=(20, 5)).astype(np.float32)
    far[:, 0] += np.float32(distance)
    normal = np.concatenate([near, far])
    differences = queries[:, np.newaxis].astype(np.float64) - normal
    distances = np.sort(np.sqrt(np.square(differences).sum(axis=2)), axis=1)
    found = NeighborIndex(normal, 3).search(queries, 3)
    np.testing.assert_allclose(found.distances, distances[:, :3], rtol=1e-6)


def test_one_extreme_sample_changes_no_other_distance():
    random = np.random.default_rng(1)
    normal = random.normal(size=(40, 4)).astype(np.float32)
    extreme = np.float32([[3e38, 0, 0, 0]])
    queries = random.normal(size=(9, 4)).astype(np.float32)
    np.testing.assert_allclose(
        NeighborIndex(np.concatenate([normal, extreme]), 5).mean_distance(queries),
        NeighborIndex(normal, 5).mean_distance(queries),
    )


def test_residual_map_averages_channels_without_wrapping_around():
    images = np.array([[[[0]], [[255]]]], np.uint8)
    reconstructions = np.array([[[[255]], [[204]]]], np.uint8)
    assert residual_map(images, reconstructions).item() == pytest.approx((1 + 0.2) / 2)


def test_check_images_passes_good_ones_through():
    images = np.zeros((1, 3, 4, 5), np.uint8)
    assert check_images(images, (3, 4, 5)) is images
