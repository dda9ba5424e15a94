"""Distance to the nearest normal samples."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

# Distances held at once: 8 MiB in float32, which a processor's cache holds.
_CELLS_AT_ONCE = 2**21
# Candidates beyond the neighbors asked for: rounding may swap the order of near ties.
_MARGIN = 2
# What a sum of products in float32 may be off by, beside the sum of their sizes: four roundings.
_ROUNDING = 2.0**-22
# Share of the squared distance that it may be too large by before all are computed.
_TOLERANCE = 1e-3


class Neighbors(NamedTuple):
    """The nearest normal samples of N queries, nearest first.

    Attributes:
        distances: (N, K) Euclidean.
        rows: (N, K), rows of the normal samples.
    """

    distances: NDArray[np.float64]
    rows: NDArray[np.intp]


class NeighborIndex:
    """The normal samples as vectors, searched by brute force in Euclidean distance.

    Candidates come from one matrix product, ``|x - y|^2 = |x|^2 - 2 x y + |y|^2`` in float32. That
    form cancels where samples are close, so the distances that count are computed once more from
    the differences, added up in float64: a sample's distance depends on no other of its batch.
    Where rounding may have hidden a closer sample (far from the mean of all, as in one of several
    clusters, or beside one extreme value), all distances are computed that way.

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
        self.neighbors = neighbors
        self._vectors = torch.tensor(vectors)
        # Amid the data, squares are smallest beside the differences.
        self._origin = vectors.mean(axis=0, dtype=np.float64)
        self._centered = torch.from_numpy((vectors - self._origin).astype(np.float32))
        self._squares = self._centered.square().sum(dim=1)

    def search(self, vectors: np.ndarray, count: int) -> Neighbors:
        """Return the ``count`` nearest normal samples of ``vectors`` (N, F)."""
        step = max(1, _CELLS_AT_ONCE // len(self._vectors))
        parts = [
            self._search(vectors[start : start + step], count)
            for start in range(0, len(vectors), step)
        ]
        distances, rows = zip(*parts, strict=True)
        return Neighbors(np.concatenate(distances), np.concatenate(rows))

    def mean_distance(self, vectors: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance of ``vectors`` (N, F) to their neighbors, (N,).

        Angiulli and Pizzuti, "Fast Outlier Detection in High Dimensional Spaces" (2002).
        """
        return self.search(vectors, self.neighbors).distances.mean(axis=1)

    def nearest(self, vectors: np.ndarray) -> NDArray[np.intp]:
        """Return the row of the nearest normal sample of ``vectors`` (N, F), (N,)."""
        return self.search(vectors, 1).rows[:, 0]

    def _search(self, vectors: np.ndarray, count: int) -> Neighbors:
        centered = torch.from_numpy((vectors - self._origin).astype(np.float32))
        # Without the query's own square, which changes no order.
        approximate = torch.addmm(self._squares, centered, self._centered.T, alpha=-2)
        kept = min(count + _MARGIN, len(self._vectors))
        nearest = approximate.topk(kept, dim=1, largest=False)
        candidates = nearest.indices.sort(dim=1).values
        queries = torch.tensor(vectors)
        differences = self._vectors[candidates] - queries[:, None]
        exact = torch.linalg.vector_norm(differences, dim=2, dtype=torch.float64)
        ordered, order = exact.sort(dim=1, stable=True)
        distances = ordered[:, :count]
        rows = candidates.gather(1, order[:, :count])
        if kept < len(self._vectors):
            size = torch.linalg.vector_norm(centered, dim=1, dtype=torch.float64)
            left_out = nearest.values[:, -1] + size.square()
            doubt = _ROUNDING * (2 * size + distances[:, -1]).square()
            sure = left_out - doubt >= (1 - _TOLERANCE) * distances[:, -1].square()
            # A square may be too large for float32.
            sure &= left_out.isfinite()
            for query in torch.nonzero(~sure)[:, 0]:
                differences = self._vectors.double() - queries[query].double()
                every, order = torch.linalg.vector_norm(differences, dim=1).sort(stable=True)
                distances[query], rows[query] = every[:count], order[:count]
        return Neighbors(distances.numpy(), rows.numpy())
