"""Distance to the nearest normal samples."""

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors


class NeighborIndex:
    """The normal samples as vectors, searched by brute force in Euclidean distance.

    Args:
        vectors: (M, F) float.
        neighbors: how many of them count, at most M.

    Raises:
        ValueError: fewer vectors than neighbors.
    """

    def __init__(self, vectors: np.ndarray, neighbors: int) -> None:
        if len(vectors) < neighbors:
            raise ValueError(
                f"neighbors={neighbors} needs at least as many normal samples, got {len(vectors)}"
            )
        self._search = NearestNeighbors(n_neighbors=neighbors, algorithm="brute").fit(vectors)

    def mean_distance(self, vectors: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance of ``vectors`` (N, F) to their neighbors, (N,).

        Angiulli and Pizzuti, "Fast Outlier Detection in High Dimensional Spaces" (2002).
        """
        distances, _ = self._search.kneighbors(vectors)
        return distances.mean(axis=1, dtype=np.float64)

    def nearest(self, vectors: np.ndarray) -> NDArray[np.intp]:
        """Return the row of the nearest normal sample of ``vectors`` (N, F), (N,)."""
        rows: NDArray[np.intp] = self._search.kneighbors(
            vectors, n_neighbors=1, return_distance=False
        )
        return rows[:, 0]
