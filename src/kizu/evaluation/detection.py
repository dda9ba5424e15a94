"""How well an anomaly score separates anomalous from normal samples.

Throughout, ``is_anomaly`` is 1 (or True) for an anomalous sample, a higher score means more
anomalous, and a sample is flagged where its score lies *above* the threshold.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics

# Multiplicities held at once while resampling: 2 arrays of this many int64 (32 MiB each).
_RESAMPLED_AT_ONCE = 2**22


class ThresholdRates(NamedTuple):
    """What a threshold achieves.

    A rate with an empty denominator is 0: no sample flagged has precision 0, and so F1 0.
    """

    f1: float
    precision: float
    true_positive_rate: float
    false_positive_rate: float


class Interval(NamedTuple):
    """The two ends of a confidence interval."""

    low: float
    high: float


def auroc(is_anomaly: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the receiver operating characteristic.

    It is the probability that an anomalous sample scores above a normal one, ties counting half.

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        scores: (N,) finite.

    Raises:
        ValueError: shapes differ, only one class occurs, or a score is not finite.
    """
    return float(metrics.roc_auc_score(*_check(is_anomaly, scores)))


def weighted_auroc(
    positives: NDArray[np.int64], negatives: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the AUROC of many resamplings at once: Mann-Whitney U over the number of pairs.

    Args:
        positives: (B, G) how often each resampling drew an anomalous sample of each of the G
            distinct scores, from the highest to the lowest.
        negatives: (B, G) the same of normal samples; both draw at least one.

    Returns:
        (B,).
    """
    above = np.cumsum(positives, axis=1)
    # A normal sample loses to every anomalous one above it, and to half of those tied with it.
    wins = (negatives * (2 * above - positives)).sum(axis=1)
    return wins / (2.0 * above[:, -1] * negatives.sum(axis=1))


def average_precision(is_anomaly: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the precision-recall curve as a step function (no interpolation).

    Its value for a useless score is the share of anomalous samples, not 0.5.

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        scores: (N,) finite.

    Raises:
        ValueError: as `auroc`.
    """
    return float(metrics.average_precision_score(*_check(is_anomaly, scores)))


def partial_auroc(
    is_anomaly: ArrayLike, scores: ArrayLike, max_false_positive_rate: float = 0.1
) -> float:
    """Return the area under the ROC up to a false-positive rate, standardized.

    McClish, "Analyzing a Portion of the ROC Curve" (1989): the area is rescaled such that 0.5 is
    chance and 1 is perfect, whatever the limit (scikit-learn's ``max_fpr`` does the same).

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        scores: (N,) finite.
        max_false_positive_rate: in (0, 1].

    Raises:
        ValueError: as `auroc`, or the limit is out of range.
    """
    _check_limit(max_false_positive_rate)
    return float(
        metrics.roc_auc_score(*_check(is_anomaly, scores), max_fpr=max_false_positive_rate)
    )


def threshold_rates(is_anomaly: ArrayLike, scores: ArrayLike, threshold: float) -> ThresholdRates:
    """Return what flagging every score above ``threshold`` achieves.

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        scores: (N,) finite.
        threshold: any number; infinity flags nothing.

    Raises:
        ValueError: as `auroc`, or the threshold is NaN.
    """
    anomalous, scores = _check(is_anomaly, scores)
    if np.isnan(threshold):
        raise ValueError("threshold must be a number, got NaN")
    flagged = scores > threshold
    rates = _rates(
        int(np.count_nonzero(flagged & anomalous)),
        int(np.count_nonzero(flagged & ~anomalous)),
        int(np.count_nonzero(anomalous)),
        int(np.count_nonzero(~anomalous)),
    )
    return ThresholdRates(*(float(rate) for rate in rates))


def bootstrap_intervals(
    is_anomaly: ArrayLike,
    scores: ArrayLike,
    threshold: float,
    *,
    max_false_positive_rate: float = 0.1,
    replicates: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return percentile bootstrap intervals of every metric of this module.

    The bootstrap is stratified: anomalous and normal samples are drawn with replacement each
    among themselves, so every replicate keeps the class sizes (Efron and Tibshirani, "An
    Introduction to the Bootstrap" (1993), chapters 8 and 13). The intervals describe the sampling
    of the test set for a fixed detector, not the variation between trainings. A perfect ranking
    stays perfect under resampling: its interval has width zero, which is too optimistic.

    A replicate is a vector of multiplicities over the distinct scores, sorted once, so each
    metric is a few cumulative sums over an array (replicates, distinct scores).

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        scores: (N,) finite.
        threshold: see `threshold_rates`; held fixed.
        max_false_positive_rate: see `partial_auroc`.
        replicates: number of bootstrap samples.
        confidence: coverage of the interval, in (0, 1).
        seed: of the resampling.

    Returns:
        An interval each for ``auroc``, ``aupr``, ``partial_auroc``, ``f1``, ``precision``,
        ``true_positive_rate`` and ``false_positive_rate``.

    Raises:
        ValueError: as the single metrics, ``replicates`` below 1, or ``confidence`` out of range.
    """
    anomalous, scores = _check(is_anomaly, scores)
    _check_limit(max_false_positive_rate)
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    if np.isnan(threshold):
        raise ValueError("threshold must be a number, got NaN")
    # Distinct scores from high to low: position 0 is flagged first.
    distinct, position = np.unique(-scores, return_inverse=True)
    flagged = np.count_nonzero(-distinct > threshold)
    chunks: list[dict[str, NDArray[np.float64]]] = []
    for positives, negatives in _resampled(anomalous, position, len(distinct), replicates, seed):
        rates = _rates(
            positives[:, :flagged].sum(axis=1),
            negatives[:, :flagged].sum(axis=1),
            int(positives[0].sum()),
            int(negatives[0].sum()),
        )
        chunks.append(
            {
                "auroc": weighted_auroc(positives, negatives),
                "aupr": _weighted_average_precision(positives, negatives),
                "partial_auroc": _weighted_partial_auroc(
                    positives, negatives, max_false_positive_rate
                ),
                **dict(zip(ThresholdRates._fields, rates, strict=True)),
            }
        )
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    intervals = {}
    for name in chunks[0]:
        low, high = np.quantile(np.concatenate([chunk[name] for chunk in chunks]), ends)
        intervals[name] = Interval(float(low), float(high))
    return intervals


def detection_metrics(
    is_anomaly: ArrayLike,
    scores: ArrayLike,
    threshold: float,
    *,
    max_false_positive_rate: float = 0.1,
    replicates: int = 1000,
    seed: int = 0,
) -> dict[str, float]:
    """Gather the metrics of a detector with their 95% intervals under flat keys.

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        scores: (N,) finite.
        threshold: see `threshold_rates`.
        max_false_positive_rate: see `partial_auroc`.
        replicates: number of bootstrap samples.
        seed: of the bootstrap.

    Returns:
        ``auroc``, ``aupr``, ``partial_auroc``, ``f1``, ``precision``, ``true_positive_rate`` and
        ``false_positive_rate``, each also as ``<name>_low`` and ``<name>_high``.

    Raises:
        ValueError: as the single metrics.
    """
    values = {
        "auroc": auroc(is_anomaly, scores),
        "aupr": average_precision(is_anomaly, scores),
        "partial_auroc": partial_auroc(is_anomaly, scores, max_false_positive_rate),
        **threshold_rates(is_anomaly, scores, threshold)._asdict(),
    }
    intervals = bootstrap_intervals(
        is_anomaly,
        scores,
        threshold,
        max_false_positive_rate=max_false_positive_rate,
        replicates=replicates,
        seed=seed,
    )
    flat = {}
    for name, value in values.items():
        flat[name] = value
        flat[f"{name}_low"], flat[f"{name}_high"] = intervals[name]
    return flat


def _resampled(
    anomalous: NDArray[np.bool_],
    position: NDArray[np.intp],
    distinct: int,
    replicates: int,
    seed: int,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield multiplicities (replicates, distinct) of anomalous and normal samples, in chunks.

    Each stratum draws from its own stream, one replicate after the other, so that the draws do
    not depend on the chunk size.
    """
    at_once = max(1, _RESAMPLED_AT_ONCE // distinct)
    strata = (position[anomalous], position[~anomalous])
    streams = np.random.default_rng(seed).spawn(len(strata))
    for start in range(0, replicates, at_once):
        count = min(at_once, replicates - start)
        rows = np.arange(count)[:, np.newaxis] * distinct
        positives, negatives = (
            np.bincount(
                (rows + stratum[stream.integers(len(stratum), size=(count, len(stratum)))]).ravel(),
                minlength=count * distinct,
            ).reshape(count, distinct)
            for stratum, stream in zip(strata, streams, strict=True)
        )
        yield positives, negatives


def _weighted_average_precision(
    positives: NDArray[np.int64], negatives: NDArray[np.int64]
) -> NDArray[np.float64]:
    true_positives = np.cumsum(positives, axis=1)
    flagged = true_positives + np.cumsum(negatives, axis=1)
    # Nothing flagged yet means no step in recall either, so that term is zero for any divisor.
    precision = true_positives / np.maximum(flagged, 1)
    return (positives * precision).sum(axis=1) / true_positives[:, -1]


def _weighted_partial_auroc(
    positives: NDArray[np.int64], negatives: NDArray[np.int64], limit: float
) -> NDArray[np.float64]:
    true_positives = np.cumsum(positives, axis=1)
    false_positives = np.cumsum(negatives, axis=1)
    # Width of each trapezoid left of the limit, as a share of its full width.
    allowed = limit * false_positives[:, -1:] - (false_positives - negatives)
    width = np.clip(allowed, 0, negatives)
    share = width / np.maximum(negatives, 1)
    height = (true_positives - positives) + share * positives / 2
    pairs = true_positives[:, -1].astype(np.float64) * false_positives[:, -1]
    area = (width * height).sum(axis=1) / pairs
    chance = limit**2 / 2
    return (1 + (area - chance) / (limit - chance)) / 2


def _rates(
    true_positives: ArrayLike, false_positives: ArrayLike, positives: int, negatives: int
) -> tuple[NDArray[np.float64], ...]:
    """Compute the fields of `ThresholdRates` from counts, elementwise."""
    true_positives, false_positives = np.asarray(true_positives), np.asarray(false_positives)
    flagged = true_positives + false_positives
    return (
        2 * true_positives / (flagged + positives),
        true_positives / np.maximum(flagged, 1),
        true_positives / positives,
        false_positives / negatives,
    )


def _check(
    is_anomaly: ArrayLike, scores: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    is_anomaly, scores = np.asarray(is_anomaly), np.asarray(scores, dtype=np.float64)
    if is_anomaly.ndim != 1 or is_anomaly.shape != scores.shape:
        raise ValueError(
            "is_anomaly and scores must be one-dimensional and of one length, "
            f"got shapes {is_anomaly.shape} and {scores.shape}"
        )
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite, got NaN or infinity")
    found = np.unique(is_anomaly).tolist()
    if found != [0, 1]:
        raise ValueError(f"is_anomaly must hold both 0 and 1 and nothing else, got {found}")
    return is_anomaly.astype(bool), scores


def _check_limit(limit: float) -> None:
    if not 0 < limit <= 1:
        raise ValueError(f"max_false_positive_rate must lie in (0, 1], got {limit}")
