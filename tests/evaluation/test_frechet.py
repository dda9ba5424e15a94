import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from kizu.evaluation.frechet import frechet_distance
from kizu.evaluation.moments import Moments, moments


def gaussian(mean, covariance):
    mean, covariance = (np.asarray(each, dtype=np.float64) for each in (mean, covariance))
    return Moments(100, torch.from_numpy(mean), torch.from_numpy(covariance))


def correlated(seed, count, width, least=0.05):
    """Features with uneven variances and a shift, as those of a network are."""
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(width, width)) * np.geomspace(1, least, width)
    return random.normal(size=(count, width)) @ mixing + random.normal(size=width)


@pytest.mark.parametrize("width", [2, 8, 64])
def test_agrees_with_torch_fidelity(width):
    first, second = correlated(0, 500, width), correlated(1, 400, width)
    statistics = [fid_features_to_statistics(torch.from_numpy(each)) for each in (first, second)]
    expected = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(moments(first), moments(second)) == pytest.approx(expected, rel=1e-6)


@given(
    means=st.lists(st.floats(-10, 10), min_size=2, max_size=2),
    deviations=st.lists(st.floats(1e-3, 10), min_size=4, max_size=4),
)
def test_closed_form_of_axis_aligned_gaussians(means, deviations):
    """Commuting covariances: the sum of squared differences of means and deviations."""
    first, second = np.array(deviations[:2]), np.array(deviations[2:])
    expected = np.square(means).sum() + np.square(first - second).sum()
    distance = frechet_distance(
        gaussian([0.0, 0.0], np.diag(first**2)), gaussian(means, np.diag(second**2))
    )
    assert distance == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_closed_form_of_gaussians_whose_covariances_do_not_commute():
    """For 2 x 2, the trace of the root is sqrt(trace + 2 sqrt(determinant)) of the product."""
    first = np.array([[2.0, 0.7], [0.7, 1.0]])
    second = np.array([[0.5, -0.3], [-0.3, 3.0]])
    product = first @ second
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    expected = 1.0 + np.trace(first) + np.trace(second) - 2 * root
    distance = frechet_distance(gaussian([0.0, 0.0], first), gaussian([1.0, 0.0], second))
    assert distance == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("count", [5, 40, 400])
def test_equal_sets_have_distance_zero_even_with_a_singular_covariance(count):
    features = correlated(2, count, 64)
    spread = float(moments(features).covariance.trace())
    assert frechet_distance(moments(features), moments(features)) <= 1e-12 * spread


@pytest.mark.parametrize("least", [1.0, 0.05, 1e-4])
@pytest.mark.parametrize("count", [5, 40, 400])
def test_agrees_with_singular_values_of_the_features_themselves(count, least):
    """Without any covariance: the trace of the root is the nuclear norm of X Yᵀ.

    That holds every digit where eigenvalues of a singular product lose half of them.
    """
    pair = correlated(8, count, 64, least), correlated(9, count + 3, 64, least)
    first, second = pair
    shift = np.square(first.mean(axis=0) - second.mean(axis=0)).sum()
    first, second = (
        (each - each.mean(axis=0)) / np.sqrt(len(each) - 1) for each in (first, second)
    )
    root = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    expected = shift + np.square(first).sum() + np.square(second).sum() - 2 * root
    assert frechet_distance(*map(moments, pair)) == pytest.approx(expected, rel=1e-10)


def test_singular_covariances_have_the_distance_of_their_subspace():
    """Constant features add nothing but the difference of their means."""
    first, second = correlated(3, 200, 6), correlated(4, 200, 6)
    small = frechet_distance(moments(first), moments(second))
    padded = frechet_distance(
        moments(np.pad(first, ((0, 0), (0, 50)))),
        moments(np.pad(second, ((0, 0), (0, 50)), constant_values=2.0)),
    )
    assert padded == pytest.approx(small + 50 * 4.0, rel=1e-12)


def test_orthogonal_subspaces_share_nothing():
    """Rank-one covariances in different directions: the trace term vanishes."""
    first = gaussian([0.0, 0.0], np.diag([4.0, 0.0]))
    second = gaussian([0.0, 0.0], np.diag([0.0, 9.0]))
    assert frechet_distance(first, second) == pytest.approx(13.0, rel=1e-12)
    point = gaussian([0.0, 0.0], np.zeros((2, 2)))
    assert frechet_distance(first, point) == pytest.approx(4.0, rel=1e-12)


def test_is_symmetric_and_invariant_to_rotation():
    first, second = correlated(5, 300, 10), correlated(6, 300, 10)
    rotation = np.linalg.qr(np.random.default_rng(7).normal(size=(10, 10))).Q
    distance = frechet_distance(moments(first), moments(second))
    assert frechet_distance(moments(second), moments(first)) == pytest.approx(distance, rel=1e-10)
    rotated = frechet_distance(moments(first @ rotation), moments(second @ rotation))
    assert rotated == pytest.approx(distance, rel=1e-10)


def test_names_what_is_wrong():
    fine = gaussian([0.0, 0.0], np.eye(2))
    with pytest.raises(ValueError, match="features of one width, got 2 and 3"):
        frechet_distance(fine, gaussian([0.0] * 3, np.eye(3)))
    with pytest.raises(ValueError, match="generated holds NaN or infinity"):
        frechet_distance(fine, gaussian([0.0, np.nan], np.eye(2)))
