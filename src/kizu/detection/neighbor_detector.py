"""Nearest neighbors of any items, once they are vectors."""

import numpy as np
from numpy.typing import NDArray

from kizu.detection.neighbors import NeighborIndex
from kizu.detection.remembering import RememberingDetector


class NeighborDetector(RememberingDetector):
    """Mean Euclidean distance to the nearest normal items.

    A detector derived from it says how items become vectors (``_vectors``). Its parameters hold
    ``neighbors``.
    """

    def score(self, items: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance to the neighbors, (N,)."""
        vectors = self._vectors(self._check(items))
        return self._index.mean_distance(vectors)

    def _nearest(self, items: np.ndarray) -> np.ndarray:
        """Return the nearest normal item of each, of the shape and type of ``items``."""
        vectors = self._vectors(self._check(items))
        return self._fitted()[self._index.nearest(vectors)]

    def _learn(self, items: np.ndarray) -> None:
        self._index = NeighborIndex(self._vectors(items), self.parameters.neighbors)

    def _vectors(self, items: np.ndarray) -> np.ndarray:
        """Map items (N, …) to float vectors (N, F)."""
        raise NotImplementedError
