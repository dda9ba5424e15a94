"""Do new scores still look like those that the threshold was set on?

A conformal threshold keeps its promise while new normal items are exchangeable with the calibration
items. No label is needed to see that they are not: the scores themselves move.

What is found has limits. Scores also move because many new items are anomalous, and nothing here
tells that from drift. A change that no detector's score reacts to is not seen. And the p-value
takes the items for independent: lines of one burst, or windows that overlap, repeat each other, so
that it comes out too small.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ks_2samp

Verdict = Literal["too few", "stable", "moderate drift", "drift"]

_BINS = 10
_FEWEST = 30
# The usual limits of the population stability index (Siddiqi, "Credit Risk Scorecards" (2006)).
_MODERATE, _LARGE = 0.1, 0.25
_SIGNIFICANT = 0.01


class Drift(NamedTuple):
    """How far new scores are from the calibration scores.

    Attributes:
        ks_statistic: largest distance between the two empirical distributions, in [0, 1].
        ks_p_value: of the two-sample Kolmogorov-Smirnov test.
        psi: population stability index; 0 for equal histograms.
        verdict: in plain words, see `score_drift`.
    """

    ks_statistic: float
    ks_p_value: float
    psi: float
    verdict: Verdict


def score_drift(calibration_scores: ArrayLike, new_scores: ArrayLike) -> Drift:
    """Compare new scores, of whatever items, with the calibration scores of a detector.

    The verdict is ``too few`` where either side has fewer than 30 scores; ``drift`` where the test
    finds a difference at 1% and the index is at least 0.25; ``moderate drift`` where the index is
    at least 0.1; else ``stable``. It takes both: with many scores the test finds differences that
    do not matter, and with few the index is large by chance (about ``9 (1 / n + 1 / N)`` without
    any drift).

    Args:
        calibration_scores: (n,) at least 1.
        new_scores: (N,) at least 1.

    Raises:
        ValueError: not one-dimensional, empty, or not finite.
    """
    calibration = _vector("calibration_scores", calibration_scores)
    new = _vector("new_scores", new_scores)
    test = ks_2samp(calibration, new)
    psi = population_stability_index(calibration, new)
    p_value = float(test.pvalue)
    return Drift(
        float(test.statistic),
        p_value,
        psi,
        _verdict(min(len(calibration), len(new)), p_value, psi),
    )


def population_stability_index(expected: ArrayLike, found: ArrayLike) -> float:
    """Return ``sum((q - p) log(q / p))`` over bins that hold equal shares of what is expected.

    The bins are ten, or fewer where values repeat, cut at quantiles of ``expected``, and one below
    its lowest value; each share is of counts with a half added, so that an empty bin leaves it
    finite.

    Args:
        expected: (n,) finite.
        found: (N,) finite.
    """
    expected, found = np.asarray(expected, np.float64), np.asarray(found, np.float64)
    quantiles = np.quantile(expected, np.arange(1, _BINS) / _BINS, method="inverted_cdf")
    # An edge belongs to the bin below it. The first bin is for what is below all that is expected.
    edges = np.unique([np.nextafter(expected.min(), -np.inf), *quantiles])
    p, q = (_shares(edges, values) for values in (expected, found))
    return float(np.sum((q - p) * np.log(q / p)))


def _shares(edges: np.ndarray, values: np.ndarray) -> NDArray[np.float64]:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) + 0.5
    return counts / counts.sum()


def _verdict(count: int, p_value: float, psi: float) -> Verdict:
    if count < _FEWEST:
        return "too few"
    if p_value >= _SIGNIFICANT or psi < _MODERATE:
        return "stable"
    return "drift" if psi >= _LARGE else "moderate drift"


def _vector(name: str, values: ArrayLike) -> NDArray[np.float64]:
    vector = np.asarray(values, np.float64)
    if vector.ndim != 1 or not len(vector):
        raise ValueError(f"{name} must be a vector with at least one score, got {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError(f"{name} must be finite, got {vector[~np.isfinite(vector)][0]}")
    return vector
