"""Each variable's part of a Mahalanobis distance."""

import numpy as np
from scipy.spatial.distance import mahalanobis

from kizu.detection.corr_max import corr_max


def spread_out(seed: int, features: int = 5) -> np.ndarray:
    """Draw a covariance of variables of very different scales."""
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(features, features)) * 10.0 ** random.uniform(-2, 2, (features, 1))
    return mixing @ mixing.T


def test_the_parts_sum_to_the_squared_distance():
    covariance = spread_out(0)
    points = np.random.default_rng(1).normal(size=(4, 5))
    inverse = np.linalg.inv(covariance)
    expected = [mahalanobis(point, np.zeros(5), inverse) ** 2 for point in points]
    parts = np.square(points @ corr_max(covariance))
    np.testing.assert_allclose(parts.sum(axis=1), expected, rtol=1e-6)


def test_the_new_variables_are_white_and_symmetric_in_correlation():
    covariance = spread_out(2)
    whitening = corr_max(covariance)
    np.testing.assert_allclose(whitening.T @ covariance @ whitening, np.eye(5), atol=1e-8)
    # Corr-max: the cross-correlation of old and new variables is a symmetric square root.
    deviations = np.sqrt(np.diag(covariance))
    cross = (covariance @ whitening) / deviations[:, np.newaxis]
    np.testing.assert_allclose(cross, cross.T, atol=1e-8)
    assert (np.linalg.eigvalsh(cross) > 0).all()


def test_independent_variables_answer_for_themselves():
    parts = np.square(np.array([2.0, 0.0, 3.0]) @ corr_max(np.diag([4.0, 1.0, 1.0])))
    np.testing.assert_allclose(parts, [1, 0, 9], atol=1e-12)
