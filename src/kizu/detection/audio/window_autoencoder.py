"""The autoencoder of short windows, as in the DCASE baselines."""

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.audio.arrays import AudioItems
from kizu.detection.audio.parameters import WindowAutoencoderParameters
from kizu.detection.audio.windows import spread, to_windows
from kizu.detection.reconstruction import train_autoencoder
from kizu.detection.standardized import Standardization, StandardizedDetector, in_double
from kizu.detection.trained import NetworkTypes
from kizu.models.dense_autoencoder import DenseAutoencoder
from kizu.parameters import Parameters
from kizu.training.randomness import seeded

# Clips whose windows are in memory at once.
_BATCH = 64


class WindowAutoencoder(AudioItems, StandardizedDetector):
    """Mean squared error of the reconstruction of a clip's windows, bands standardized.

    Koizumi et al. 2020, "Description and discussion on DCASE2020 challenge task 2", section 4: a
    window is 5 frames of 128 bands there. An anomaly that lasts longer than a window, and is at
    every moment alike to something normal, goes unnoticed.
    """

    parameters: Any
    _parameters_type: ClassVar[type[Parameters]] = WindowAutoencoderParameters
    _network_types: ClassVar[NetworkTypes] = {"autoencoder": (DenseAutoencoder,)}
    _name = "window_autoencoder"

    def fit(self, spectrograms: np.ndarray) -> Self:
        """Train the autoencoder on the windows of the clips, float32 (N, bands, T) in decibels.

        Raises:
            ValueError: a clip is shorter than a window, or not in order.
        """
        own = self.parameters
        bands, length = shape = self._check_items(spectrograms).shape[1:]
        if length < own.window_frames:
            raise ValueError(
                f"window_frames={own.window_frames} is more than the clips' {length} frames"
            )
        self._standardization = Standardization.of(spectrograms, over=(0, 2))
        with seeded(own.training.seed):
            autoencoder = DenseAutoencoder(bands * own.window_frames, own.widths, own.latent_dim)
        self.history = train_autoencoder(
            self._name,
            autoencoder,
            self._standardization.apply(spectrograms),
            learning_rate=own.learning_rate,
            training=own.training,
            checkpoints=self.checkpoints,
            inputs=partial(to_windows, frames=own.window_frames),
        )
        self._keep({"autoencoder": autoencoder}, shape)
        return self

    def score(self, spectrograms: np.ndarray) -> NDArray[np.float64]:
        """Return the squared error, averaged over a window and over the windows, (N,)."""
        errors = [np.square(part).mean(axis=(1, 2)) for part in self._residuals(spectrograms)]
        return np.concatenate(errors)

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return the squared error of a cell, averaged over its windows, (N, bands, T)."""
        return self._spread(np.square(part) for part in self._residuals(spectrograms))

    def _spread(self, windows: Iterator[NDArray[np.float64]]) -> NDArray[np.float32]:
        maps = [spread(part, self._shape) for part in windows]
        return np.concatenate(maps).astype(np.float32)

    def _residuals(self, spectrograms: np.ndarray) -> Iterator[NDArray[np.float64]]:
        """Yield what is left of the windows, (n, W, bands · frames), a batch of clips at a time."""
        items = self._standardized(spectrograms)
        autoencoder = in_double(self._networks["autoencoder"])
        for start in range(0, len(items), _BATCH):
            clips = torch.from_numpy(items[start : start + _BATCH]).double()
            windows = to_windows(clips, self.parameters.window_frames)
            with torch.no_grad():
                residuals = windows - autoencoder(windows)
            yield residuals.view(len(clips), -1, windows.shape[1]).numpy()
