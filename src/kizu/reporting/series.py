"""From raw results to the numbers that a chart draws; shared by the figures and the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

_HISTOGRAM_BINS = 40
SPELLED = {
    "auroc": "AUROC",
    "frechet_distance": "Fréchet distance",
    "gan": "GAN",
}
"""Parts of keys that are more than words with underscores; detectors have a table of their own."""


@dataclass(frozen=True)
class DetectorScores:
    """Test scores of one detector; higher is more anomalous."""

    normal: np.ndarray
    anomalous: np.ndarray
    threshold: float


def history_series(
    rows: Sequence[Mapping[str, float]], name: str
) -> tuple[list[float], list[float]]:
    """The steps and finite values of the metric ``name``, in the order of the history."""
    points = [(row["step"], row[name]) for row in rows if name in row and np.isfinite(row[name])]
    return [step for step, _ in points], [value for _, value in points]


def histogram_edges(detector: DetectorScores, bins: int = _HISTOGRAM_BINS) -> np.ndarray:
    """(bins + 1,) edges from the lowest score to the 99th percentile of either group.

    One extreme anomaly would otherwise press everything else into a single bin. The threshold
    is always inside the range.
    """
    groups = [group[np.isfinite(group)] for group in (detector.normal, detector.anomalous)]
    groups = [group for group in groups if group.size]
    ends = [float(group.min()) for group in groups]
    ends += [float(np.quantile(group, 0.99)) for group in groups]
    if np.isfinite(detector.threshold):
        ends.append(float(detector.threshold))
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    edges = np.linspace(low, high, bins + 1)
    if np.all(np.diff(edges) > 0):
        return edges
    # Constant scores, up to rounding: give them a range of some width.
    margin = max(0.5, 1e-3 * abs(low))
    return np.linspace(low - margin, high + margin, bins + 1)


def histogram_shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(bins,) share of the finite ``values`` in each bin; outliers count in the outermost bins."""
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(np.clip(finite, edges[0], edges[-1]), bins=edges)
    return counts / max(finite.size, 1)


def roc_points(is_anomaly: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates as the threshold falls past each distinct score, from 0 to 1.

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        scores: (N,) finite; higher is more anomalous.
    """
    order = np.argsort(-scores, kind="stable")
    ends_of_ties = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    rates = []
    for group in (is_anomaly[order] == 0, is_anomaly[order] == 1):
        flagged = np.cumsum(group)[ends_of_ties]
        rates.append(np.append(0.0, flagged / flagged[-1]))
    return rates[0], rates[1]


def plain_words(name: str, spelled: Mapping[str, str] = SPELLED) -> str:
    """A key as a reader sees it: ``frechet_distance.real`` becomes ``Fréchet distance: real``.

    Args:
        name: of a metric, or of a detector and its metric.
        spelled: how some parts of it are written.
    """
    return ": ".join(spelled.get(part, part.replace("_", " ")) for part in name.split("."))
