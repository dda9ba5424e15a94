"""The normal patches that an image's are held against."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kizu.detection.neighbors import NeighborIndex


class PatchScores(NamedTuple):
    """What is known of N images of P patches.

    Attributes:
        images: (N,), the image scores.
        patches: (N, P), the distance of every patch to the bank.
    """

    images: NDArray[np.float64]
    patches: NDArray[np.float64]


class Bank:
    """Normal patches, and how far others are from them.

    Roth et al. 2022, "Towards Total Recall in Industrial Anomaly Detection" (PatchCore), section
    3.3.

    Args:
        patches: (M, F) float32, normal ones.
        reweighting_neighbors: of the bank's patch that is nearest to the farthest of an image,
            itself included; 1 leaves that patch's distance as it is.
    """

    def __init__(self, patches: np.ndarray, reweighting_neighbors: int) -> None:
        self.patches = patches
        self._reweighting_neighbors = min(reweighting_neighbors, len(patches))
        self._index = NeighborIndex(patches, 1)

    def score(self, features: np.ndarray) -> PatchScores:
        """Score images by their patches' features, (N, P, F)."""
        count, patches, dimensions = features.shape
        found = self._index.search(features.reshape(count * patches, dimensions), 1)
        distances = found.distances.reshape(count, patches)
        every, farthest = np.arange(count), distances.argmax(axis=1)
        nearest = found.rows.reshape(count, patches)[every, farthest]
        weights = self._weights(features[every, farthest], nearest)
        return PatchScores(weights * distances[every, farthest], distances)

    def _weights(self, patches: np.ndarray, nearest: np.ndarray) -> NDArray[np.float64]:
        """One minus the softmax of the nearest patch's distance among its neighbors' (equation 7).

        A patch whose nearest normal one is rare itself counts for more.
        """
        if self._reweighting_neighbors == 1:
            return np.ones(len(patches))
        around = self._index.search(self.patches[nearest], self._reweighting_neighbors).rows
        differences = np.subtract(patches[:, np.newaxis], self.patches[around], dtype=np.float64)
        distances = np.linalg.norm(differences, axis=2)
        # The nearest comes first: its distance to itself is 0.
        return 1 - 1 / np.exp(distances - distances[:, :1]).sum(axis=1)
