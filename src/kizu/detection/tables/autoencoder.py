"""What an autoencoder of normal rows cannot reconstruct."""

from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.reconstruction import train_autoencoder
from kizu.detection.standardized import Standardization, StandardizedDetector, in_double
from kizu.detection.tables.arrays import TableItems, explanation
from kizu.detection.tables.parameters import TableAutoencoderParameters
from kizu.detection.trained import NetworkTypes
from kizu.models.dense_autoencoder import DenseAutoencoder
from kizu.training.randomness import seeded


class TableAutoencoder(TableItems, StandardizedDetector):
    """Mean squared error of the reconstruction of the standardized features."""

    parameters: TableAutoencoderParameters
    _parameters_type = TableAutoencoderParameters
    _network_types: ClassVar[NetworkTypes] = {"autoencoder": (DenseAutoencoder,)}

    def fit(self, rows: np.ndarray) -> Self:
        """Train the autoencoder on the rows, float32 (N, F)."""
        own = self.parameters
        shape = self._check_items(rows).shape[1:]
        self._standardization = Standardization.of(rows, over=(0,))
        with seeded(own.training.seed):
            autoencoder = DenseAutoencoder(shape[0], own.widths, own.latent_dim)
        self.history = train_autoencoder(
            "autoencoder",
            autoencoder,
            self._standardization.apply(rows),
            learning_rate=own.learning_rate,
            training=own.training,
            checkpoints=self.checkpoints,
            noise=own.noise,
        )
        self._keep({"autoencoder": autoencoder}, shape)
        return self

    def score(self, rows: np.ndarray) -> NDArray[np.float64]:
        """Return the mean squared error, (N,)."""
        return self._errors(rows).mean(axis=1)

    def explain(self, rows: np.ndarray) -> NDArray[np.float32]:
        """Return the squared error of every feature, (N, F)."""
        return explanation(self._errors(rows))

    def _errors(self, rows: np.ndarray) -> NDArray[np.float64]:
        items = self._standardized(rows)
        inputs = torch.from_numpy(items).double()
        with torch.no_grad():
            reconstruction = in_double(self._networks["autoencoder"])(inputs)
        return (inputs - reconstruction).square().numpy()
