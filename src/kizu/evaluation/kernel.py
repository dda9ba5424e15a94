"""Kernel distance between two sets of features (KID)."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kizu.evaluation.features import Features, check_feature_pair


class KernelDistance(NamedTuple):
    """Squared maximum mean discrepancy over random subsets.

    Attributes:
        mean: the estimate; unbiased, so equal distributions give values around 0, also below it.
        std: standard deviation *between subsets*. It is not an error of the mean, and it depends
            on the subset size.
    """

    mean: float
    std: float


def kernel_distance(
    reference: Features,
    generated: Features,
    *,
    subset_count: int = 100,
    subset_size: int = 1000,
    seed: int = 0,
) -> KernelDistance:
    """Return the kernel distance of Bińkowski et al., "Demystifying MMD GANs" (2018), section 4.

    The kernel is ``(x·y / D + 1)³``. Each subset is drawn without replacement from either set.
    Unlike the Fréchet distance it has no bias in the number of samples.

    Args:
        reference: (N, D) real features.
        generated: (M, D) generated features.
        subset_count: number of subsets that the estimate averages.
        subset_size: samples of either set in a subset, at least 2, at most min(N, M).
        seed: of the subsets.

    Raises:
        ValueError: features are unfit (see `check_features`), a set is smaller than a subset, or
            a parameter is out of range.
    """
    if subset_count < 1 or subset_size < 2:
        raise ValueError(
            "subset_count must be at least 1 and subset_size at least 2, "
            f"got {subset_count} and {subset_size}"
        )
    real, fake = check_feature_pair(reference, generated, minimum=subset_size)
    random = np.random.default_rng(seed)
    distances = np.empty(subset_count)
    for index in range(subset_count):
        subsets = [
            features[torch.from_numpy(random.permutation(len(features))[:subset_size])].double()
            for features in (real, fake)
        ]
        distances[index] = _squared_discrepancy(*subsets)
    return KernelDistance(float(distances.mean()), float(distances.std()))


def _squared_discrepancy(first: Tensor, second: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy of two sets of one size (S, D).

    Gretton et al., "A Kernel Two-Sample Test" (2012), equation 3.
    """
    size = len(first)
    within = sum(
        (kernel.sum() - kernel.trace()) / (size * (size - 1))
        for kernel in (_kernel(first, first), _kernel(second, second))
    )
    return float(within - 2 * _kernel(first, second).mean())


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    return (first @ second.T / first.shape[1] + 1) ** 3
