"""Mean and covariance of features that arrive in batches."""

from typing import NamedTuple, Self

import torch
from torch import Tensor

from kizu.evaluation.features import Features, check_features

# Samples converted to float64 at once.
_BLOCK = 8192
# Columns of a sum of outer products computed at once.
_COLUMNS = 512


class Moments(NamedTuple):
    """First two moments of a set of features.

    Attributes:
        sample_count: N.
        mean: (D,) float64.
        covariance: (D, D) float64, unbiased (divided by N - 1).
    """

    sample_count: int
    mean: Tensor
    covariance: Tensor


class StreamingMoments:
    """Accumulates mean and covariance in float64, whatever arrives.

    Keeps the mean and the sum of outer products of deviations *from that mean*, and merges by
    Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
    Variances" (1979), equation 1.5. The textbook sum of squares loses every digit once the mean
    is large beside the spread; this does not.
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean: Tensor | None = None
        self._scatter: Tensor | None = None

    def update(self, features: Features) -> Self:
        """Add samples.

        Args:
            features: (N, D) of a floating type; N may be 1.

        Raises:
            ValueError: no sample, a value is not finite, or D differs from earlier samples.
        """
        for block in check_features("features", features, minimum=1).split(_BLOCK):
            values = block.double()
            mean = values.mean(dim=0)
            self._merge(len(values), mean, _scatter(values - mean))
        return self

    def merge(self, other: "StreamingMoments") -> Self:
        """Add the samples that another accumulator has seen, as if they had come here.

        Raises:
            ValueError: D differs.
        """
        if other._mean is not None and other._scatter is not None:
            self._merge(other._count, other._mean, other._scatter)
        return self

    def result(self) -> Moments:
        """Return the moments of all samples so far.

        Raises:
            ValueError: fewer than two samples, which have no covariance.
        """
        if self._mean is None or self._scatter is None or self._count < 2:
            raise ValueError(f"a covariance needs at least 2 samples, got {self._count}")
        return Moments(self._count, self._mean.clone(), self._scatter / (self._count - 1))

    def _merge(self, count: int, mean: Tensor, scatter: Tensor) -> None:
        if self._mean is None or self._scatter is None:
            self._count, self._mean, self._scatter = count, mean.clone(), scatter.clone()
            return
        if mean.shape != self._mean.shape:
            raise ValueError(
                f"features must keep one width, got {len(mean)} after {len(self._mean)}"
            )
        total = self._count + count
        delta = mean - self._mean
        self._mean += delta * (count / total)
        self._scatter += scatter + torch.outer(delta, delta) * (self._count * count / total)
        self._count = total


def moments(features: Features) -> Moments:
    """Return mean and covariance of a set of features (N, D).

    Raises:
        ValueError: fewer than two samples, or a value is not finite.
    """
    return StreamingMoments().update(features).result()


def _scatter(deviations: Tensor) -> Tensor:
    """Return the sum of outer products (D, D) of deviations (N, D).

    The matrix is symmetric: strips of its upper triangle are computed, and mirrored.
    """
    width = deviations.shape[1]
    scatter = deviations.new_empty(width, width)
    for start in range(0, width, _COLUMNS):
        end = start + _COLUMNS
        scatter[start:end, start:] = deviations[:, start:end].T @ deviations[:, start:]
        scatter[end:, start:end] = scatter[start:end, end:].T
    return scatter
