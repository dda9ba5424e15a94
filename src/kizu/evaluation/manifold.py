"""Precision, recall, density and coverage: fidelity and diversity apart.

All four compare distances with the radius of a ball around a sample, the distance to its k-th
nearest neighbor in its own set. Distances are computed in tiles, so memory does not grow with
N × M: 50,000 against 50,000 samples take a few hundred megabytes beside the features.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from kizu.evaluation.distances import squared_distance_tiles
from kizu.evaluation.features import Features, check_feature_pair, check_features


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


class Balls(NamedTuple):
    """Samples, each with the ball that reaches to its k-th nearest neighbor in its own set.

    Attributes:
        features: (N, D).
        origin: (D,) float64, from which distances are computed; see `squared_distance_tiles`.
        squared_radii: (N,) float64.
        neighbors: k.
    """

    features: Tensor
    origin: Tensor
    squared_radii: Tensor
    neighbors: int


def manifold_metrics(
    reference: Features, generated: Features, *, neighbors: int = 5
) -> ManifoldMetrics:
    """Return precision, recall, density and coverage of two sets; see `compare_balls`.

    Args:
        reference: (N, D) real features.
        generated: (M, D) generated features.
        neighbors: k; N and M must exceed it.

    Raises:
        ValueError: features are unfit (see `check_features`), or ``neighbors`` is below 1 or not
            below N and M.
    """
    real, fake = check_feature_pair(reference, generated, minimum=neighbors + 1)
    balls = balls_of(real, neighbors=neighbors)
    return compare_balls(balls, balls_of(fake, neighbors=neighbors, origin=balls.origin))


def balls_of(features: Features, *, neighbors: int, origin: Tensor | None = None) -> Balls:
    """Find the radii of a set, by far the longest part: once for every set it is compared with.

    Args:
        features: (N, D).
        neighbors: k; N must exceed it.
        origin: (D,) float64, the one of the set that this one is compared with; None: the mean.

    Raises:
        ValueError: features are unfit (see `check_features`), or ``neighbors`` is not in [1, N).
    """
    if neighbors < 1:
        raise ValueError(f"neighbors must be at least 1, got {neighbors}")
    samples = check_features("features", features, minimum=neighbors + 1)
    # Distances do not depend on the origin, but their rounding does: see `squared_distance_tiles`.
    # (Asking `mean` for float64 would copy the whole set.)
    origin = samples.mean(dim=0).double() if origin is None else origin
    return Balls(samples, origin, _squared_radii(samples, origin, neighbors), neighbors)


def compare_balls(reference: Balls, generated: Balls) -> ManifoldMetrics:
    """Return precision, recall, density and coverage from one pass over the distances.

    Precision and recall follow Kynkäänniemi et al., "Improved Precision and Recall Metric for
    Assessing Generative Models" (2019), equations 1 and 2 (their default is k = 3; a ball includes
    its boundary). Density and coverage follow Naeem et al., "Reliable Fidelity and Diversity
    Metrics for Generative Models" (2020), section 3 (k = 5; a ball excludes its boundary,
    as in the authors' code, so that two identical sets have density 1).

    Args:
        reference: of N real samples.
        generated: of M generated samples, with the k and the origin of the real ones: on the
            boundary of a ball, the bits of a distance decide.

    Raises:
        ValueError: features are unfit (see `check_feature_pair`), or k or the origin differ.
    """
    real, fake = check_feature_pair(reference.features, generated.features, minimum=1)
    neighbors, origin = reference.neighbors, reference.origin
    if generated.neighbors != neighbors or not torch.equal(generated.origin, origin):
        raise ValueError(
            "both sets must have balls of one k and one origin, got neighbors "
            f"{neighbors} and {generated.neighbors}, origins "
            f"{'equal' if torch.equal(generated.origin, origin) else 'that differ'}"
        )
    precise = torch.zeros(len(fake), dtype=torch.bool, device=fake.device)
    containing = torch.zeros(len(fake), dtype=torch.int64, device=fake.device)
    recalled = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    covered = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    for rows, columns, distances in squared_distance_tiles(real, fake, origin):
        real_radius = reference.squared_radii[rows, None]
        precise[columns] |= (distances <= real_radius).any(dim=0)
        recalled[rows] |= (distances <= generated.squared_radii[None, columns]).any(dim=1)
        # A tile has few rows: counting them in 32 bits is several times as fast.
        containing[columns] += (distances < real_radius).sum(dim=0, dtype=torch.int32)
        covered[rows] |= distances.amin(dim=1) < reference.squared_radii[rows]
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

    for rows, columns, distances in squared_distance_tiles(
        features, features, origin, upper_triangle=True
    ):
        if columns.start >= rows.stop:
            merge(columns, distances.T)
        else:
            distances.diagonal(rows.start - columns.start).fill_(torch.inf)
        merge(rows, distances)
    return nearest.max(dim=1).values


def _share(flags: Tensor) -> float:
    return float(flags.double().mean())
