"""Distances between two sets of features, in tiles that fit into memory."""

from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

# Samples along the two sides of a tile: 16 MiB in float64, little enough to be served from memory
# that the allocator keeps. One is a multiple of the other, so that a tile of a set with itself
# either holds a part of the diagonal along its whole height, or lies off it.
_ROWS = 512
_COLUMNS = 8 * _ROWS


def squared_distance_tiles(
    first: Tensor, second: Tensor, origin: Tensor, *, upper_triangle: bool = False
) -> Iterator[tuple[slice, slice, Tensor]]:
    """Yield the squared distances between two sets tile by tile, with a progress bar if slow.

    The tiles that share columns follow each other, so the long side is converted once for all.

    Args:
        first: (N, D), along the rows.
        second: (M, D), along the columns.
        origin: (D,) float64, a point amid the data, such as a mean: distances do not depend on
            it, but their rounding does.
        upper_triangle: leave out tiles below the diagonal, of a set with itself.

    Yields:
        The slice of ``first``, the slice of ``second``, and the distances (rows, columns) in
        float64, which the caller may change.
    """
    for columns in tqdm(
        _slices(len(second), _COLUMNS), "distances", delay=2, leave=False, disable=None
    ):
        right = second[columns] - origin
        right_norms = right.square().sum(dim=1)
        for rows in _slices(columns.stop if upper_triangle else len(first), _ROWS):
            left = first[rows] - origin
            left_norms = left.square().sum(dim=1)
            yield rows, columns, _squared_distances(left, left_norms, right, right_norms)


def _squared_distances(
    first: Tensor, first_norms: Tensor, second: Tensor, second_norms: Tensor
) -> Tensor:
    """Return |x - y|² = |x|² + |y|² - 2 x·y as a matrix product, (N, M) float64.

    That form cancels where two samples are close beside their distance from the origin. Float64
    and an origin in the middle of the data leave what lies within rounding of zero, and that is
    set to zero: a copy of a sample is at distance 0, as it is in exact arithmetic.
    """
    # In this order, the distance from x to y has the bits of that from y to x.
    distances = (first_norms[:, None] + second_norms).addmm_(first, second.T, alpha=-2)
    rounding = torch.finfo(torch.float64).eps * first.shape[1]
    tolerance = rounding * float(first_norms.max() + second_norms.max())
    return torch.threshold_(distances, tolerance, 0.0)


def _slices(length: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]
