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
        candidates, left_out = _smallest(approximate.numpy(), kept)
        # Gathered so, and changed in place: a quarter of the time.
        differences = self._vectors.index_select(0, torch.from_numpy(candidates.ravel())).numpy()
        differences = differences.reshape(*candidates.shape, -1)
        differences -= vectors[:, np.newaxis]
        exact = np.sqrt(np.einsum("nkf,nkf->nk", differences, differences, dtype=np.float64))
        order = exact.argsort(axis=1, kind="stable")[:, :count]
        distances = np.take_along_axis(exact, order, axis=1)
        rows = np.take_along_axis(candidates, order, axis=1)
        if kept < len(self._vectors):
            size = np.linalg.norm(centered.numpy().astype(np.float64), axis=1)
            doubt = _ROUNDING * np.square(2 * size + distances[:, -1])
            bound = left_out + np.square(size) - doubt
            sure = bound >= (1 - _TOLERANCE) * np.square(distances[:, -1])
            # A square may be too large for float32.
            sure &= np.isfinite(left_out)
            for query in np.flatnonzero(~sure):
                every = np.linalg.norm(self._vectors.double().numpy() - vectors[query], axis=1)
                rows[query] = every.argsort(kind="stable")[:count]
                distances[query] = every[rows[query]]
        return Neighbors(distances, rows)


def _smallest(values: NDArray[np.float32], count: int) -> tuple[NDArray[np.intp], np.ndarray]:
    """Return where the smallest values of each row are, in order of place, and their largest."""
    if values.shape[1] > _LONG:
        found = torch.from_numpy(values).topk(count, dim=1, largest=False)
        return np.sort(found.indices.numpy(), axis=1), found.values[:, -1].numpy()
    places = np.argpartition(values, count - 1, axis=1)[:, :count]
    largest = np.take_along_axis(values, places[:, count - 1 :], axis=1)[:, 0]
    return np.sort(places, axis=1), largest
