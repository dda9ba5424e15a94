"""Split-conformal calibration: anomaly scores become p-values and a threshold with a promise.

A detector is fitted on one set of normal samples and scores another, the calibration set. If a new
normal sample is exchangeable with the calibration samples, the rank of its score among theirs is
uniform, whatever the detector and however few the samples. From that follow, without any asymptotic
argument, a p-value and a threshold (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random
World" (2005), section 2.2; Bates et al., "Testing for Outliers with Conformal p-values" (2023)).

The promise is marginal: it holds on average over calibration sets. The false-positive rate that
one calibration set of ``n`` samples achieves scatters around it, with a standard deviation of about
``sqrt(rate * (1 - rate) / n)``.
"""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray


def conformal_threshold(calibration_scores: ArrayLike, false_positive_rate: float) -> float:
    """Return the threshold above which a normal sample scores at most at the given rate.

    It is the ``ceil((n + 1)(1 - rate))``-th smallest of the ``n`` calibration scores. Flagging the
    scores *above* it is the same as flagging the p-values of `conformal_p_values` at most ``rate``.
    Ties only make it more cautious.

    Args:
        calibration_scores: (n,) scores of normal samples that the detector was not fitted on.
        false_positive_rate: target in (0, 1), taken as the decimal number that is written.

    Raises:
        ValueError: a score is NaN, or as `check_calibration_size`.
    """
    scores = _calibration(calibration_scores)
    count = len(scores)
    check_calibration_size(count, false_positive_rate)
    # Exact arithmetic: in binary floating point (n + 1)(1 - rate) may round past an integer.
    rank = math.ceil((count + 1) * (1 - _exact(false_positive_rate)))
    return float(scores[rank - 1])


def check_calibration_size(count: int, false_positive_rate: float) -> None:
    """Raise unless ``count`` calibration scores can hold the false-positive rate.

    A new score exceeds the largest of ``count`` with a chance of ``1 / (count + 1)``: no threshold
    among them promises a lower rate.

    Raises:
        ValueError: the rate is not in (0, 1), or ``(count + 1) * rate < 1``; the message names the
            count, the rate, and how many scores it needs.
    """
    if not 0 < false_positive_rate < 1:
        raise ValueError(f"false_positive_rate must lie in (0, 1), got {false_positive_rate}")
    rate = _exact(false_positive_rate)
    if (count + 1) * rate < 1:
        raise ValueError(
            f"{count} calibration scores cannot hold a false-positive rate of "
            f"{false_positive_rate}: at least {math.ceil(1 / rate) - 1} are needed"
        )


def conformal_p_values(calibration_scores: ArrayLike, scores: ArrayLike) -> NDArray[np.float64]:
    """Return the conformal p-value of every score, ``(1 + #{calibration >= score}) / (n + 1)``.

    For a normal sample the chance of a p-value at most ``p`` is at most ``p``. The smallest
    possible value is ``1 / (n + 1)``.

    Args:
        calibration_scores: (n,) scores of normal samples that the detector was not fitted on.
        scores: (N,) scores of new samples.

    Returns:
        (N,) in ``[1 / (n + 1), 1]``.

    Raises:
        ValueError: a score is NaN, an array is not one-dimensional, or nothing was calibrated on.
    """
    calibration = _calibration(calibration_scores)
    scores = _vector("scores", scores)
    at_least_as_high = len(calibration) - np.searchsorted(calibration, scores, side="left")
    return (1 + at_least_as_high) / (len(calibration) + 1)


def _exact(rate: float) -> Fraction:
    """Return the decimal number that was written, not the binary one next to it."""
    return Fraction(repr(float(rate)))


def _calibration(scores: ArrayLike) -> NDArray[np.float64]:
    calibration = np.sort(_vector("calibration_scores", scores))
    if not len(calibration):
        raise ValueError("calibration_scores must hold at least one score, got none")
    return calibration


def _vector(name: str, values: ArrayLike) -> NDArray[np.float64]:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {vector.shape}")
    if np.isnan(vector).any():
        raise ValueError(f"{name} must be numbers, got NaN at row {int(np.isnan(vector).argmax())}")
    return vector
