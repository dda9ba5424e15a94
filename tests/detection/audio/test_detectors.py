"""The audio detectors against what they are defined by."""

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from kizu.detection.audio.parameters import (
    SelectiveMahalanobisParameters,
    StatisticsGaussianParameters,
    StatisticsNeighborsParameters,
    WindowAutoencoderParameters,
)
from kizu.detection.audio.selective_mahalanobis import SelectiveMahalanobis
from kizu.detection.audio.statistics import StatisticsGaussian, StatisticsNeighbors
from kizu.detection.audio.window_autoencoder import WindowAutoencoder
from kizu.training.settings import TrainingParameters

OPTIONS = {
    "window_frames": 3,
    "widths": [16],
    "latent_dim": 4,
    "learning_rate": 0.01,
    "training": TrainingParameters(steps=60, batch_size=8, device="cpu"),
}


def hum(count: int, seed: int) -> np.ndarray:
    """Make clips (count, 6, 20) of a steady spectrum with some noise."""
    random = np.random.default_rng(seed)
    spectrum = np.linspace(-10, -40, 6)[:, np.newaxis]
    return (spectrum + random.normal(0, 1, (count, 6, 20))).astype(np.float32)


@pytest.fixture(scope="module")
def gap():
    """A clip that falls silent in frames 8 to 10."""
    clip = hum(1, seed=5)
    clip[:, :, 8:11] -= 40
    return clip


@pytest.mark.parametrize(
    "detector",
    [
        WindowAutoencoder(WindowAutoencoderParameters(**OPTIONS)),
        SelectiveMahalanobis(SelectiveMahalanobisParameters(groups=2, **OPTIONS)),
        StatisticsNeighbors(StatisticsNeighborsParameters(neighbors=3, dynamic_range=60.0)),
        StatisticsGaussian(StatisticsGaussianParameters(dynamic_range=60.0)),
    ],
    ids=lambda detector: type(detector).__name__,
)
def test_the_moment_of_silence_is_to_blame(detector, gap):
    detector.fit(hum(60, seed=0))
    assert detector.score(gap)[0] > detector.score(hum(20, seed=1)).max()
    by_frame = detector.explain(gap)[0].sum(axis=0)
    assert set(by_frame.argsort()[-3:]) == {8, 9, 10}


def test_the_map_of_windows_of_one_frame_has_their_score(gap):
    options = {**OPTIONS, "window_frames": 1}
    detector = WindowAutoencoder(WindowAutoencoderParameters(**options)).fit(hum(30, seed=0))
    np.testing.assert_allclose(detector.explain(gap).mean(), detector.score(gap)[0], rtol=1e-5)


def test_selective_mahalanobis_takes_the_closest_group():
    """Two machine settings: what is usual for one of them is normal."""
    louder = hum(30, seed=1) + np.random.default_rng(2).normal(25, 4, (30, 6, 20))
    normal = np.concatenate([hum(30, seed=0), louder.astype(np.float32)])
    detector = SelectiveMahalanobis(SelectiveMahalanobisParameters(groups=2, **OPTIONS))
    covariances = detector.fit(normal).state()["tensors"]["covariances"]
    assert covariances.shape == (2, 18, 18)
    (windows,) = detector._residuals(normal[:1])
    precisions = np.linalg.inv(covariances)
    squares = np.einsum("wi,gij,wj->gw", windows[0], precisions, windows[0])
    np.testing.assert_allclose(
        detector.score(normal[:1]), np.sqrt(squares.min(axis=0)).mean(), rtol=1e-6
    )


def test_one_group_has_the_shrunk_covariance_of_all_residuals():
    normal = hum(30, seed=0)
    detector = SelectiveMahalanobis(SelectiveMahalanobisParameters(groups=1, **OPTIONS))
    (covariance,) = detector.fit(normal).state()["tensors"]["covariances"]
    residuals = np.concatenate(list(detector._residuals(normal))).reshape(-1, 18)
    expected = LedoitWolf(assume_centered=True).fit(residuals).covariance_
    np.testing.assert_allclose(covariance, expected)


def test_fewer_clips_than_groups_are_refused():
    detector = SelectiveMahalanobis(SelectiveMahalanobisParameters(groups=4, **OPTIONS))
    with pytest.raises(ValueError, match="groups=4 needs as many clips, got 3"):
        detector.fit(hum(3, seed=0))


def test_a_window_longer_than_the_clips_is_refused():
    options = {**OPTIONS, "window_frames": 21}
    with pytest.raises(ValueError, match="window_frames=21 is more than the clips' 20 frames"):
        WindowAutoencoder(WindowAutoencoderParameters(**options)).fit(hum(3, seed=0))


@pytest.mark.parametrize(
    "detector",
    [
        StatisticsNeighbors(StatisticsNeighborsParameters(neighbors=1, dynamic_range=60.0)),
        StatisticsGaussian(StatisticsGaussianParameters(dynamic_range=60.0)),
    ],
    ids=lambda detector: type(detector).__name__,
)
def test_statistics_know_no_loudness_and_their_maps_sum_to_the_squared_distance(detector, gap):
    detector.fit(hum(40, seed=0))
    (score,) = detector.score(gap)
    np.testing.assert_allclose(detector.score(gap - np.float32(7)), score, rtol=1e-4)
    squared = score**2 if isinstance(detector, StatisticsNeighbors) else score
    np.testing.assert_allclose(detector.explain(gap).sum(), squared, rtol=1e-5)
