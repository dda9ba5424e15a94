"""How far a classifier's confidence can be trusted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax

from kizu.evaluation.label_checks import check_logits


class Reliability(NamedTuple):
    """Samples by confidence, in bins of equal width from 0 to 1.

    Attributes:
        counts: (M,) samples of each bin.
        confidence: (M,) their mean confidence; NaN in an empty bin.
        accuracy: (M,) the share of them that is named right; NaN in an empty bin.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def reliability(labels: ArrayLike, logits: ArrayLike, bin_count: int = 15) -> Reliability:
    """Return what a reliability diagram shows (Guo et al. 2017, equation 1 and 2).

    Arguments and errors as of `expected_calibration_error`.
    """
    bins, confidence, correct = _binned(labels, logits, bin_count)
    counts = np.bincount(bins, minlength=bin_count)
    means = (
        np.divide(
            np.bincount(bins, weights=values, minlength=bin_count),
            counts,
            out=np.full(bin_count, np.nan),
            where=counts > 0,
        )
        for values in (confidence, correct)
    )
    return Reliability(counts, *means)


def expected_calibration_error(labels: ArrayLike, logits: ArrayLike, bin_count: int = 15) -> float:
    """Return the mean gap between confidence and accuracy, over bins of equal width.

    Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3: the sum over bins
    of ``|B| / N * |accuracy(B) - confidence(B)|``, where a sample's confidence is its largest
    softmax probability and bin m holds confidences in ((m - 1) / M, m / M].

    Args:
        labels: (N,) integers in [0, K).
        logits: (N, K) unnormalized log-probabilities.
        bin_count: number of bins M; the estimate grows with it when N is small.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: as `negative_log_likelihood`, or ``bin_count`` below 1.
    """
    bins, confidence, correct = _binned(labels, logits, bin_count)
    # |B| cancels: the gap of a bin times its size is the difference of two sums.
    gaps = np.bincount(bins, weights=correct - confidence)
    return float(np.abs(gaps).sum() / len(bins))


def _binned(
    labels: ArrayLike, logits: ArrayLike, bin_count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Each sample's bin, its confidence, and whether its class was named right."""
    labels, logits = check_logits(labels, logits)
    if bin_count < 1:
        raise ValueError(f"bin_count must be at least 1, got {bin_count}")
    confidence = np.exp(log_softmax(logits, axis=1).max(axis=1))
    bins = np.clip(np.ceil(confidence * bin_count).astype(np.int64) - 1, 0, bin_count - 1)
    return bins, confidence, logits.argmax(axis=1) == labels
