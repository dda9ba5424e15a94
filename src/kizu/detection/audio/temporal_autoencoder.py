"""The autoencoder that convolves over time."""

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.audio.arrays import AudioItems
from kizu.detection.audio.parameters import TemporalAutoencoderParameters
from kizu.detection.reconstruction import train_autoencoder
from kizu.detection.standardized import Standardization, StandardizedDetector, in_double
from kizu.detection.trained import NetworkTypes
from kizu.models.temporal_autoencoder import TemporalAutoencoder
from kizu.training.randomness import seeded

# Clips in a forward pass while scoring.
_BATCH = 64


class TemporalReconstruction(AudioItems, StandardizedDetector):
    """Mean squared error of the reconstruction of whole clips, bands standardized."""

    parameters: TemporalAutoencoderParameters
    _parameters_type = TemporalAutoencoderParameters
    _network_types: ClassVar[NetworkTypes] = {"autoencoder": (TemporalAutoencoder,)}

    def fit(self, spectrograms: np.ndarray) -> Self:
        """Train the autoencoder on the clips, float32 (N, bands, T) in decibels."""
        own = self.parameters
        shape = self._check_items(spectrograms).shape[1:]
        self._standardization = Standardization.of(spectrograms, over=(0, 2))
        with seeded(own.training.seed):
            autoencoder = TemporalAutoencoder(shape[0], own.width, own.latent_dim)
        self.history = train_autoencoder(
            "temporal_autoencoder",
            autoencoder,
            self._standardization.apply(spectrograms),
            learning_rate=own.learning_rate,
            training=own.training,
            checkpoints=self.checkpoints,
        )
        self._keep({"autoencoder": autoencoder}, shape)
        return self

    def score(self, spectrograms: np.ndarray) -> NDArray[np.float64]:
        """Return the mean squared error, (N,)."""
        return np.concatenate([part.mean(axis=(1, 2)) for part in self._errors(spectrograms)])

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return the squared error of every cell, (N, bands, T)."""
        return np.concatenate(list(self._errors(spectrograms))).astype(np.float32)

    def _errors(self, spectrograms: np.ndarray) -> Iterator[NDArray[np.float64]]:
        items = self._standardized(spectrograms)
        autoencoder = in_double(self._networks["autoencoder"])
        for start in range(0, len(items), _BATCH):
            clips = torch.from_numpy(items[start : start + _BATCH]).double()
            with torch.no_grad():
                yield (clips - autoencoder(clips)).square().numpy()
