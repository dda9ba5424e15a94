"""Nearest training images: does a generator repeat what it was shown?"""

from typing import NamedTuple

import torch
from torch import Tensor

from kizu.evaluation.distances import squared_distance_tiles
from kizu.evaluation.features import Features, check_feature_pair

# A generated sample counts as a copy when it lies nearer to a training sample than all but this
# share of new real samples do.
COPY_SHARE = 0.01


class Neighbors(NamedTuple):
    """The nearest references of N queries.

    Attributes:
        indices: (N, K) int64, nearest first.
        distances: (N, K) float64.
    """

    indices: Tensor
    distances: Tensor


class Memorization(NamedTuple):
    """How close generated samples come to training samples, beside new real samples.

    Attributes:
        nearest_distance: median distance of a generated sample to the nearest training sample.
        real_nearest_distance: the same of a new real sample.
        nearer_share: share of pairs of a generated and a new real sample in which the generated
            one lies nearer to its nearest training sample, ties counted half: about 0.5 for a
            generator as good as the data, towards 1 for one that copies, towards 0 for one whose
            samples lie off the data.
        copied_share: share of generated samples that lie nearer than 99% of new real samples do:
            about 0.01 without copies.
    """

    nearest_distance: float
    real_nearest_distance: float
    nearer_share: float
    copied_share: float


def nearest_neighbors(references: Features, queries: Features, *, count: int = 1) -> Neighbors:
    """Return the ``count`` nearest references of each query; memory does not grow with N x M.

    Args:
        references: (M, D) features.
        queries: (N, D) features.
        count: K, at most M.

    Raises:
        ValueError: features are unfit (see `check_features`), or ``count`` is not in [1, M].
    """
    known, asked = check_feature_pair(references, queries, minimum=1)
    if not 1 <= count <= len(known):
        raise ValueError(f"count must be in [1, {len(known)}], got {count}")
    shape = (count, len(asked))
    closest = torch.full(shape, torch.inf, dtype=torch.float64, device=asked.device)
    indices = torch.zeros(shape, dtype=torch.int64, device=asked.device)
    origin = known.mean(dim=0).double()
    for rows, columns, distances in squared_distance_tiles(known, asked, origin):
        here = distances.topk(min(count, len(distances)), dim=0, largest=False)
        candidates = torch.cat((closest[:, columns], here.values))
        names = torch.cat((indices[:, columns], here.indices + rows.start))
        kept = candidates.topk(count, dim=0, largest=False)
        closest[:, columns] = kept.values
        indices[:, columns] = names.gather(0, kept.indices)
    return Neighbors(indices.T, closest.T.sqrt())


def memorization(of_real: Tensor, of_generated: Tensor) -> Memorization:
    """Compare the distances of generated and of new real samples to the training samples.

    The share of pairs is one minus the statistic of Meehan et al. 2020, "A non-parametric test to
    detect data-copying in generative models", section 3, of the whole space as one cell.

    Args:
        of_real: (R,) distance of each real sample that the generator was not trained on to the
            nearest training sample; see `nearest_neighbors`.
        of_generated: (N,) the same of generated samples.
    """
    return Memorization(
        nearest_distance=float(of_generated.median()),
        real_nearest_distance=float(of_real.median()),
        nearer_share=_share_above(of_real, of_generated),
        copied_share=float((of_generated < of_real.quantile(COPY_SHARE)).double().mean()),
    )


def memorization_metrics(of_test: Tensor, of_generated: Tensor) -> dict[str, float]:
    """Flatten `memorization`, with the test split as the new real samples.

    Returns:
        ``train.nearest_distance``, ``real.train.nearest_distance``, ``train.nearer_share`` and
        ``train.copied_share``, in the groups of `kizu.evaluation.fidelity.generator_metrics`.
    """
    found = memorization(of_test, of_generated)
    return {
        "train.nearest_distance": found.nearest_distance,
        "real.train.nearest_distance": found.real_nearest_distance,
        "train.nearer_share": found.nearer_share,
        "train.copied_share": found.copied_share,
    }


def _share_above(first: Tensor, second: Tensor) -> float:
    """Share of pairs whose first is above their second; half for ties."""
    ordered = first.sort().values
    above = len(first) - torch.searchsorted(ordered, second, right=True)
    at_least = len(first) - torch.searchsorted(ordered, second, right=False)
    return float((above + at_least).double().mean()) / (2 * len(first))
