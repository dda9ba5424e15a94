"""Nearest neighbors on spectrograms, as they are and laid on each other."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, idct

from kizu.detection.audio.alignment import Aligned, align
from kizu.detection.audio.arrays import AudioItems
from kizu.detection.audio.parameters import AlignedNeighborsParameters, RawNeighborsParameters
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
        padded[:, 1 : 1 + self.parameters.cepstra] = difference
        parts = np.square(idct(padded, axis=1, norm="ortho"))
        maps = np.zeros(spectrograms.shape)
        clips = np.arange(len(maps))
        for frame, taken in enumerate(np.rint(aligned.positions).astype(np.intp).T):
            maps[clips, :, taken] += parts[:, :, frame]
        return maps.astype(np.float32)

    def _vectors(self, items: np.ndarray) -> NDArray[np.float64]:
        return self._cepstra(self._align(items).levels).reshape(len(items), -1)

    def _learn(self, items: np.ndarray) -> None:
        if self.parameters.cepstra >= items.shape[1]:
            raise ValueError(
                f"cepstra={self.parameters.cepstra} must be less than the {items.shape[1]} bands"
            )
        super()._learn(items)

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
