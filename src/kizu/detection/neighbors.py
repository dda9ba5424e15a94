"""Distance to the nearest normal samples."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

# Distances held at once: 8 MiB in float32, which a processor's cache holds.
_CELLS_AT_ONCE = 2**21
# Differences of coordinates that a thread holds at once: 2 MiB in float32, about a core's cache.
_DIFFERENCES_AT_ONCE = 2**19
# Candidates beyond the neighbors asked for: rounding may swap the order of near ties.
_MARGIN = 2
# What a sum of products in float32 may be off by, beside the sum of their sizes: four roundings.
_ROUNDING = 2.0**-22
# Values of a row from which on torch finds the smallest quicker than NumPy.
_LONG = 512
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
    form cancels where samples are close, and its last digits depend on the size of the batch, so
    the distances that count are computed once more from the differences, in the type of the normal
    samples: a sample's distance depends on no other of its batch. Where rounding may have hidden a
    closer sample (far from the mean of all, as in one of several clusters, or beside one extreme
    value), all distances are computed, in float64.

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
        self._origin = self._vectors.mean(dim=0, dtype=torch.float64).to(self._vectors.dtype)
        centered = (self._vectors - self._origin).float()
        # A product with (x, 1) gives all but x's own square, which changes no order.
        self._factors = torch.cat((-2 * centered, centered.square().sum(dim=1, keepdim=True)), 1).T

    def search(self, vectors: np.ndarray, count: int) -> Neighbors:
        """Return the ``count`` nearest normal samples of ``vectors`` (N, F)."""
        distances, rows = self._candidates(vectors, count)
        order = distances.argsort(axis=1, kind="stable")[:, :count]
        return Neighbors(
            np.take_along_axis(distances, order, axis=1), np.take_along_axis(rows, order, axis=1)
        )

    def mean_distance(self, vectors: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance of ``vectors`` (N, F) to their neighbors, (N,).

        Angiulli and Pizzuti, "Fast Outlier Detection in High Dimensional Spaces" (2002).
        """
        distances, _ = self._candidates(vectors, self.neighbors)
        # Without their rows, distances are sorted several times as fast.
        return np.sort(distances, axis=1)[:, : self.neighbors].mean(axis=1)

    def nearest(self, vectors: np.ndarray) -> NDArray[np.intp]:
        """Return the row of the nearest normal sample of ``vectors`` (N, F), (N,)."""
        return self.search(vectors, 1).rows[:, 0]

    def _candidates(
        self, vectors: np.ndarray, count: int
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return distances and rows of the ``count`` nearest and a few more, (N, K).

        They are in no order, but that of equal distances among them the first row comes first.
        """
        step = max(1, _CELLS_AT_ONCE // len(self._vectors))
        parts = [
            self._search_tile(
                torch.tensor(vectors[start : start + step], dtype=self._vectors.dtype), count
            )
            for start in range(0, len(vectors), step)
        ]
        distances, rows = (torch.cat(part) for part in zip(*parts, strict=True))
        return distances.numpy(), rows.numpy()

    def _search_tile(self, queries: Tensor, count: int) -> tuple[Tensor, Tensor]:
        centered = (queries - self._origin).float()
        kept = min(count + _MARGIN, len(self._vectors))
        rows, left_out = _smallest(F.pad(centered, (0, 1), value=1) @ self._factors, kept)
        distances = self._distances(queries, rows).double()
        farthest = torch.from_numpy(np.partition(distances.numpy(), count - 1)[:, count - 1])
        # A square may be too large for float32.
        sure = farthest.isfinite()
        if kept < len(self._vectors):
            size = torch.linalg.vector_norm(centered, dim=1, dtype=torch.float64)
            doubt = _ROUNDING * (2 * size + farthest).square()
            bound = left_out + size.square() - doubt
            sure &= (bound >= (1 - _TOLERANCE) * farthest.square()) & left_out.isfinite()
        for query in (~sure).nonzero().flatten():
            every = self._vectors.double() - queries[query].double()
            nearest = torch.linalg.vector_norm(every, dim=1).sort(stable=True)
            distances[query], rows[query] = nearest.values[:kept], nearest.indices[:kept]
        return distances, rows

    def _distances(self, queries: Tensor, rows: Tensor) -> Tensor:
        """Return how far each of ``queries`` (N, F) is from its own normal ``rows`` (N, K)."""
        threads = torch.get_num_threads()
        step = max(1, threads * _DIFFERENCES_AT_ONCE // (rows.shape[1] * queries.shape[1]))
        parts = [
            # An embedding gathers rows three times as fast as an index.
            torch.linalg.vector_norm(F.embedding(own, self._vectors).sub_(some[:, None]), dim=2)
            for some, own in zip(queries.split(step), rows.split(step), strict=True)
        ]
        return torch.cat(parts)


def _smallest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return where the smallest values of each row are, in order of place, and their largest."""
    if values.shape[1] > _LONG:
        found = values.topk(count, dim=1, largest=False, sorted=False)
        return found.indices.sort(dim=1).values, found.values.amax(dim=1)
    cells = values.numpy()
    largest = np.sort(cells, axis=1)[:, count - 1]
    # Not "at most": what is not a number is kept as well, so that no row has fewer than ``count``.
    places = np.flatnonzero(~(cells > largest[:, np.newaxis])) % cells.shape[1]
    if places.size > count * len(cells):  # of equal values, only some
        places = np.sort(np.argpartition(cells, count - 1, axis=1)[:, :count], axis=1)
    return torch.from_numpy(places.reshape(-1, count)), torch.from_numpy(largest)
