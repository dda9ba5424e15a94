"""Nearest neighbors on three descriptions of a clip."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, idct

from kizu.detection.audio.alignment import Aligned, align, relative_levels
from kizu.detection.audio.arrays import AudioItems
from kizu.detection.audio.parameters import (
    AlignedNeighborsParameters,
    RawNeighborsParameters,
    StatisticsNeighborsParameters,
)
from kizu.detection.neighbor_detector import NeighborDetector


class RawNeighbors(AudioItems, NeighborDetector):
    """Mean Euclidean distance to the nearest normal spectrograms, in decibels: the baseline."""

    parameters: RawNeighborsParameters
    _parameters_type = RawNeighborsParameters

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return the squared difference to the nearest normal clip, (N, bands, T)."""
        return np.square(spectrograms - self._nearest(spectrograms))

    def _vectors(self, items: np.ndarray) -> np.ndarray:
        return items.reshape(len(items), -1)


class StatisticsNeighbors(AudioItems, NeighborDetector):
    """Mean distance to the nearest normal clips in the bands' means and deviations over time.

    Levels are relative to the clip's peak.
    """

    parameters: StatisticsNeighborsParameters
    _parameters_type = StatisticsNeighborsParameters

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return each cell's part of the squared distance to the nearest normal clip.

        A band's part is its squared difference in mean and deviation. It is divided among the
        frames by how far each is, squared, from the normal clip's mean in that band.

        Returns:
            (N, bands, T).
        """
        nearest = self._vectors(self._nearest(spectrograms))
        differences = np.square(self._vectors(spectrograms) - nearest)
        bands = spectrograms.shape[1]
        parts = differences[:, :bands] + differences[:, bands:]
        levels = relative_levels(spectrograms, self.parameters.dynamic_range)
        distances = np.square(levels - nearest[:, :bands, np.newaxis])
        total = distances.sum(axis=2, keepdims=True)
        even = np.full_like(distances, 1 / distances.shape[2])
        shares = np.divide(distances, total, out=even, where=total > 0)
        return (parts[:, :, np.newaxis] * shares).astype(np.float32)

    def _vectors(self, items: np.ndarray) -> NDArray[np.float64]:
        levels = relative_levels(items, self.parameters.dynamic_range)
        return np.concatenate([levels.mean(axis=2), levels.std(axis=2)], axis=1)


class AlignedNeighbors(AudioItems, NeighborDetector):
    """Mean distance to the nearest normal clips, once their active parts are laid on each other.

    For sounds with a beginning and an end, such as words. A frame is described by its first mel
    cepstral coefficients (Davis and Mermelstein 1980, "Comparison of parametric representations
    for monosyllabic word recognition"), without the zeroth, which is its loudness.
    """

    parameters: AlignedNeighborsParameters
    _parameters_type = AlignedNeighborsParameters

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return each cell's part of the squared distance to the nearest normal clip.

        The difference of the cepstra is a difference of smoothed spectra. What a stretched frame
        says goes to the frame of the clip that it was taken from; outside the active part nothing
        differs.

        Returns:
            (N, bands, T).
        """
        nearest = self._nearest(spectrograms)
        aligned = self._align(spectrograms)
        difference = self._cepstra(aligned.levels) - self._cepstra(self._align(nearest).levels)
        padded = np.zeros_like(aligned.levels)
        padded[:, 1 : 1 + difference.shape[1]] = difference
        parts = np.square(idct(padded, axis=1, norm="ortho"))
        maps = np.zeros(spectrograms.shape)
        clips = np.arange(len(maps))
        for frame, taken in enumerate(np.rint(aligned.positions).astype(np.intp).T):
            maps[clips, :, taken] += parts[:, :, frame]
        return maps.astype(np.float32)

    def _vectors(self, items: np.ndarray) -> NDArray[np.float64]:
        return self._cepstra(self._align(items).levels).reshape(len(items), -1)

    def _align(self, items: np.ndarray) -> Aligned:
        own = self.parameters
        return align(
            items,
            dynamic_range=own.dynamic_range,
            active_range=own.active_range,
            frames=own.frames,
        )

    def _cepstra(self, levels: np.ndarray) -> NDArray[np.float64]:
        """Map levels (N, bands, frames) to coefficients 1 to ``cepstra`` of every frame."""
        coefficients: NDArray[np.float64] = dct(levels, axis=1, norm="ortho")
        return coefficients[:, 1 : 1 + self.parameters.cepstra]
