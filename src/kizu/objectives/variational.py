"""The two terms of a variational autoencoder's bound, each a sum over one sample."""

import math

from torch import Tensor


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence from N(0, I), in nats.

    Kingma and Welling 2014, "Auto-encoding variational Bayes", appendix B.

    Args:
        mean: (N, D).
        log_variance: (N, D).

    Returns:
        (N,), non-negative.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)


def gaussian_error(values: Tensor, means: Tensor, log_deviation: Tensor) -> Tensor:
    """Negative log-likelihood of values under Gaussians of one deviation, in nats.

    Args:
        values: (N, ...).
        means: the same shape.
        log_deviation: 0-d.

    Returns:
        (N,).
    """
    squares = ((values - means) / log_deviation.exp()).square().flatten(1)
    constant = log_deviation + 0.5 * math.log(2 * math.pi)
    return 0.5 * squares.sum(dim=1) + constant * squares.shape[1]
