"""A clip by the mean and the deviation of its bands over time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from kizu.detection.audio.alignment import relative_levels
from kizu.detection.audio.arrays import AudioItems
from kizu.detection.audio.parameters import (
    StatisticsGaussianParameters,
    StatisticsNeighborsParameters,
)
from kizu.detection.corr_max import corr_max
from kizu.detection.estimators import EstimatorDetector
from kizu.detection.neighbor_detector import NeighborDetector


class StatisticsNeighbors(AudioItems, NeighborDetector):
    """Mean Euclidean distance to the nearest normal clips; levels are relative to the peak."""

    parameters: StatisticsNeighborsParameters
    _parameters_type = StatisticsNeighborsParameters

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return each cell's part of the squared distance to the nearest normal clip.

        Returns:
            (N, bands, T), see `over_frames`.
        """
        nearest = self._vectors(self._nearest(spectrograms))
        parts = np.square(self._vectors(spectrograms) - nearest)
        levels = relative_levels(spectrograms, self.parameters.dynamic_range)
        return over_frames(parts, levels, nearest)

    def _vectors(self, items: np.ndarray) -> NDArray[np.float64]:
        return band_statistics(relative_levels(items, self.parameters.dynamic_range))


class StatisticsGaussian(AudioItems, EstimatorDetector):
    """Squared Mahalanobis distance to the normal clips; levels are relative to the peak.

    The covariance is shrunk (Ledoit and Wolf 2004, "A well-conditioned estimator for
    large-dimensional covariance matrices"): there are hardly more clips than statistics.
    """

    parameters: StatisticsGaussianParameters
    _parameters_type = StatisticsGaussianParameters

    def score(self, spectrograms: np.ndarray) -> NDArray[np.float64]:
        """Return the squared distance, (N,)."""
        return self._parts(spectrograms).sum(axis=1)

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return each cell's part of the squared distance, see `corr_max` and `over_frames`.

        Returns:
            (N, bands, T).
        """
        parts = self._parts(spectrograms)
        levels = relative_levels(spectrograms, self.parameters.dynamic_range)
        return over_frames(parts, levels, self._estimator.location_[np.newaxis])

    def _build(self) -> Any:
        return LedoitWolf()

    def _vectors(self, items: np.ndarray) -> NDArray[np.float64]:
        return band_statistics(relative_levels(items, self.parameters.dynamic_range))

    def _parts(self, spectrograms: np.ndarray) -> NDArray[np.float64]:
        centered = self._checked_vectors(spectrograms) - self._estimator.location_
        return np.square(centered @ corr_max(self._estimator.covariance_))


def band_statistics(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each band's mean over time, and then each band's deviation, (N, 2 · bands)."""
    return np.concatenate([levels.mean(axis=2), levels.std(axis=2)], axis=1)


def over_frames(
    parts: NDArray[np.float64], levels: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Divide what bands are to blame for among the frames.

    A band's part, of its mean and its deviation together, goes to the frames by how far each is,
    squared, from the band's normal mean.

    Args:
        parts: (N, 2 · bands), non-negative, in the order of `band_statistics`.
        levels: (N, bands, T).
        normal: (N or 1, 2 · bands), the statistics that are normal.

    Returns:
        (N, bands, T), which sum to the parts.
    """
    bands = levels.shape[1]
    distances = np.square(levels - normal[:, :bands, np.newaxis])
    total = distances.sum(axis=2, keepdims=True)
    even = np.full_like(distances, 1 / distances.shape[2])
    shares = np.divide(distances, total, out=even, where=total > 0)
    together = parts[:, :bands] + parts[:, bands:]
    return (together[:, :, np.newaxis] * shares).astype(np.float32)
