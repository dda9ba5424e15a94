"""What the figures of all digits and seeds say: means, their spread, and how sure they are."""

from collections.abc import Callable
from typing import Any

import numpy as np
from results import DIGITS, Rows, read_digit, read_intervals, seeds

from kizu.evaluation.detection import weighted_auroc

PUBLISHED = {"raw-pixel kNN": 0.954, "Deep SVDD": 0.948, "AnoGAN": 0.913}
REPLICATES = 1000
CONFIDENCE = 0.95
# Replicates whose multiplicities are held at once.
_AT_ONCE = 50


def interval_of_mean(labels: np.ndarray, scores: np.ndarray, seed: int = 0) -> list[float]:
    """The percentile bootstrap interval of the mean AUROC over all digits.

    The ten test sets are the same images, each of which is normal once and anomalous nine times.
    A replicate therefore draws images, not pairs of image and digit. It describes the choice of
    test images for the detectors as they are trained; the seeds tell about the training.

    Args:
        labels: (N,) the digit of each image.
        scores: (10, N) the anomaly scores of the images under each digit's detector.
        seed: of the resampling.

    Returns:
        The two ends.
    """
    stream = np.random.default_rng(seed)
    count = len(labels)
    means = []
    for _ in range(REPLICATES // _AT_ONCE):
        drawn = stream.multinomial(count, np.full(count, 1 / count), size=_AT_ONCE)
        found = [_aurocs(labels != digit, scores[row], drawn) for row, digit in enumerate(DIGITS)]
        means.append(np.mean(found, axis=0))
    ends = np.quantile(np.concatenate(means), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return [round(float(end), 5) for end in ends]


def _aurocs(anomalous: np.ndarray, scores: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """AUROC (B,) of N images under each of B vectors of multiplicities (B, N)."""
    order = np.argsort(-scores)
    # Ties share a place.
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    positives, negatives = (
        np.add.reduceat(drawn[:, order] * own[order], starts, axis=1)
        for own in (anomalous, ~anomalous)
    )
    return weighted_auroc(positives, negatives)


def table() -> str:
    """AUROC of every detector and digit as Markdown, in percent; the best mean first."""
    found = {seed: [read_digit(seed, digit) for digit in DIGITS] for seed in seeds()}
    names = {name for digits in found.values() for rows in digits for name in rows}
    # A seed counts where all digits have run, so that each digit's mean is over the same seeds.
    runs = {
        name: {seed: rows for seed, rows in found.items() if all(name in row for row in rows)}
        for name in names
    }
    lines = [
        f"| | {' | '.join(map(str, DIGITS))} | mean | seeds | interval | flagged | fit, CPU s "
        "| ms an image |",
        "|---|" + "---:|" * (len(DIGITS) + 6),
    ]
    complete = {name: _line(name, own) for name, own in runs.items() if own}
    lines += [line for _, line in sorted(complete.values(), reverse=True)]
    for name, value in PUBLISHED.items():
        lines.append(f"| {name}, as published | {' | ' * len(DIGITS)}{100 * value:.1f} | | | | | |")
    return "\n".join(lines)


def _line(name: str, runs: dict[int, list[Rows]]) -> tuple[float, str]:
    """A detector's mean, and its line of the table."""

    def mean(key: str, form: Callable[[float], str]) -> str:
        values = _values(name, runs, key)
        return form(values.mean()) if values.size else ""

    aurocs = 100 * _values(name, runs, "auroc")
    by_seed = aurocs.mean(axis=1)
    spread = f" ± {by_seed.std(ddof=1):.1f}" if len(runs) > 1 else ""
    # About the mean of its own seed; not all scores are kept.
    ends = [
        100 * np.array(own) - value
        for seed, value in zip(runs, by_seed, strict=True)
        if (own := read_intervals(seed).get(name))
    ]
    shifted = by_seed.mean() + np.mean(ends, axis=0) if ends else []
    cells = [
        name,
        *(f"{value:.1f}" for value in aurocs.mean(axis=0)),
        f"**{by_seed.mean():.1f}**{spread}",
        str(len(runs)),
        " to ".join(f"{end:.1f}" for end in shifted),
        mean("false_positive_rate_at_0.1", lambda value: f"{100 * value:.1f}%"),
        mean("fit_seconds", lambda value: f"{value:.0f}"),
        mean("score_milliseconds", lambda value: f"{value:.1f}"),
    ]
    return float(by_seed.mean()), f"| {' | '.join(cells)} |"


def _values(name: str, runs: dict[int, list[Rows]], key: str) -> np.ndarray:
    """One figure of a detector, (seeds, digits); empty where it has none."""
    return np.array(
        [[row[name][key] for row in rows if key in row[name]] for rows in runs.values()]
    )


def cpu_minutes(seed: int) -> float:
    """CPU time of all that ran under a seed: fitting, and scoring of both sets."""

    def seconds(row: dict[str, Any]) -> float:
        scored = row["test_images"] + row["calibration_images"]
        return row["fit_seconds"] + row["score_milliseconds"] * scored / 1000

    rows = [row for digit in DIGITS for row in read_digit(seed, digit).values()]
    return sum(seconds(row) for row in rows if "fit_seconds" in row) / 60
