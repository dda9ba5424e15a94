"""Precision, recall, density and coverage: fidelity and diversity apart.

All four compare distances with the radius of a ball around a sample, the distance to its k-th
nearest neighbor in its own set. Distances are computed in tiles, so memory does not grow with
N × M: 50,000 against 50,000 samples take a few hundred megabytes beside the features.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from kizu.evaluation.features import Features, check_feature_pair

# Samples along the two sides of a tile of distances: 16 MiB in float64, little enough to be served
# from memory that the allocator keeps. One is a multiple of the other: see `_squared_radii`.
_ROWS = 512
_COLUMNS = 8 * _ROWS


class ManifoldMetrics(NamedTuple):
    """How two sets of samples lie to each other.

    Attributes:
        precision: share of generated samples inside a ball of the reference, in [0, 1].
        recall: share of reference samples inside a ball of the generated, in [0, 1].
        density: reference balls around a generated sample, over k; expected to be 1 for equal
            distributions, and above 1 where generated samples crowd the dense regions.
        coverage: share of reference balls that hold a generated sample, in [0, 1].
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_metrics(
    reference: Features, generated: Features, *, neighbors: int = 5
) -> ManifoldMetrics:
    """Return precision, recall, density and coverage from one pass over the distances.

    Precision and recall follow Kynkäänniemi et al., "Improved Precision and Recall Metric for
    Assessing Generative Models" (2019), equations 1 and 2 (their default is k = 3; a ball includes
    its boundary). Density and coverage follow Naeem et al., "Reliable Fidelity and Diversity
    Metrics for Generative Models" (2020), section 3 (k = 5; a ball excludes its boundary,
    as in the authors' code, so that two identical sets have density 1).

    Args:
        reference: (N, D) real features.
        generated: (M, D) generated features.
        neighbors: k; N and M must exceed it.

    Raises:
        ValueError: features are unfit (see `check_features`), or ``neighbors`` is below 1 or not
            below N and M.
    """
    if neighbors < 1:
        raise ValueError(f"neighbors must be at least 1, got {neighbors}")
    real, fake = check_feature_pair(reference, generated, minimum=neighbors + 1)
    # Distances do not change with the origin, but their rounding does: see `_squared_distances`.
    # (Asking `mean` for float64 would copy the whole set.)
    origin = real.mean(dim=0).double()
    real_radii = _squared_radii(real, origin, neighbors)
    fake_radii = _squared_radii(fake, origin, neighbors)
    precise = torch.zeros(len(fake), dtype=torch.bool, device=fake.device)
    containing = torch.zeros(len(fake), dtype=torch.int64, device=fake.device)
    recalled = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    covered = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    for rows, columns, distances in _tiles(real, fake, origin):
        real_radius = real_radii[rows, None]
        precise[columns] |= (distances <= real_radius).any(dim=0)
        recalled[rows] |= (distances <= fake_radii[None, columns]).any(dim=1)
        # A tile has few rows: counting them in 32 bits is several times as fast.
        containing[columns] += (distances < real_radius).sum(dim=0, dtype=torch.int32)
        covered[rows] |= distances.amin(dim=1) < real_radii[rows]
    return ManifoldMetrics(
        precision=_share(precise),
        recall=_share(recalled),
        density=float(containing.sum()) / (neighbors * len(fake)),
        coverage=_share(covered),
    )


def _squared_radii(features: Tensor, origin: Tensor, neighbors: int) -> Tensor:
    """Return the squared distance of each sample to its k-th nearest *other* sample, (N,).

    The distances are symmetric: a tile right of its rows' own columns also serves as the tile on
    the other side of the diagonal, which is left out.
    """
    nearest = torch.full(
        (len(features), neighbors), torch.inf, dtype=torch.float64, device=features.device
    )

    def merge(samples: slice, distances: Tensor) -> None:
        closest = distances.topk(min(neighbors, distances.shape[1]), largest=False).values
        candidates = torch.cat((nearest[samples], closest), dim=1)
        nearest[samples] = candidates.topk(neighbors, largest=False).values

    for rows, columns, distances in _tiles(features, features, origin, upper_triangle=True):
        if columns.start >= rows.stop:
            merge(columns, distances.T)
        else:
            distances.diagonal(rows.start - columns.start).fill_(torch.inf)
        merge(rows, distances)
    return nearest.max(dim=1).values


def _tiles(
    first: Tensor, second: Tensor, origin: Tensor, *, upper_triangle: bool = False
) -> Iterator[tuple[slice, slice, Tensor]]:
    """Yield the squared distances between two sets tile by tile, with a progress bar if slow.

    The tiles that share columns follow each other, so the long side is converted once for all.
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


def _share(flags: Tensor) -> float:
    return float(flags.double().mean())
