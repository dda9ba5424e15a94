"""Inception score."""

from typing import NamedTuple

import numpy as np
import torch

from kizu.evaluation.features import Features, check_features


class InceptionScore(NamedTuple):
    """Mean and standard deviation over the splits."""

    mean: float
    std: float


def inception_score(logits: Features, *, split_count: int = 10, seed: int = 0) -> InceptionScore:
    """Return the inception score, ``exp E KL(p(y|x) || p(y))``, averaged over splits.

    Salimans et al., "Improved Techniques for Training GANs" (2016), section 4. It rewards images
    that the classifier names with confidence and classes that occur equally often; it never looks
    at real images. With K classes it lies in [1, K]. The estimate rises with the size of a split,
    because the marginal p(y) of few samples is less even than the true one: compare equal sizes.

    Args:
        logits: (N, K) of the classifier.
        split_count: number of splits, at most N.
        seed: of the shuffle, which keeps samples that lie in the order of their classes from
            giving every split its own class.

    Raises:
        ValueError: ``logits`` are unfit (see `check_features`), or fewer than ``split_count``.
    """
    if split_count < 1:
        raise ValueError(f"split_count must be at least 1, got {split_count}")
    tensor = check_features("logits", logits, minimum=split_count)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(tensor)))
    log_conditional = tensor[order].double().log_softmax(dim=1)
    scores = np.array([_split_score(split) for split in log_conditional.tensor_split(split_count)])
    return InceptionScore(float(scores.mean()), float(scores.std()))


def _split_score(log_conditional: torch.Tensor) -> float:
    # The marginal's logarithm as a log-sum-exp: a class that underflows everywhere stays finite.
    log_marginal = log_conditional.logsumexp(dim=0) - np.log(len(log_conditional))
    divergence = (log_conditional.exp() * (log_conditional - log_marginal)).sum(dim=1)
    return float(divergence.mean().exp())
