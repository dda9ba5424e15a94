"""Does a target false-positive rate come true? A sweep over targets, on labeled items."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import betabinom

_COVERAGE = 0.95


class AchievedRates(NamedTuple):
    """What flagging the p-values at most ``target`` achieves.

    Attributes:
        target: the false-positive rate asked for.
        false_positive_rate: share of normal items that are flagged.
        low: of the band that holds the false-positive rate in 95% of all draws of calibration and
            test items, if normal items of both are exchangeable.
        high: of that band.
        true_positive_rate: share of anomalous items that are flagged.
    """

    target: float
    false_positive_rate: float
    low: float
    high: float
    true_positive_rate: float


def sweep_targets(
    is_anomaly: ArrayLike, p_values: ArrayLike, calibration_count: int, targets: Sequence[float]
) -> list[AchievedRates]:
    """Return what each target achieves, in the order of ``targets``.

    Of ``n`` calibration scores, the ``k = floor(target (n + 1))`` largest ones lie above the
    threshold or on it. A new normal item exceeds it with a chance that varies with the calibration
    set as Beta(k, n + 1 - k), so that of ``m`` such items a beta-binomial number is flagged (Vovk,
    "Conditional validity of inductive conformal predictors" (2012), section 3). Ties make the
    detector more cautious than that. A false-positive rate outside the band says that the normal
    items are not those of the calibration any more.

    Args:
        is_anomaly: (N,) 0 or 1; both must occur.
        p_values: (N,) conformal, see `kizu.detection.conformal`.
        calibration_count: n, scores that they were calibrated on.
        targets: rates in (0, 1).

    Raises:
        ValueError: shapes differ, only one class occurs, or a target is out of range.
    """
    anomalous, values = np.asarray(is_anomaly, bool), np.asarray(p_values, np.float64)
    if anomalous.shape != values.shape or anomalous.ndim != 1:
        raise ValueError(
            "is_anomaly and p_values must be one-dimensional and of one length, "
            f"got shapes {anomalous.shape} and {values.shape}"
        )
    if anomalous.all() or not anomalous.any():
        raise ValueError("is_anomaly must hold both 0 and 1")
    normal_count = int(np.count_nonzero(~anomalous))
    # In binary floating point, as the p-values themselves.
    possible = np.arange(1, calibration_count + 1) / (calibration_count + 1)
    rows = []
    for target in targets:
        if not 0 < target < 1:
            raise ValueError(f"targets must lie in (0, 1), got {target}")
        flagged = values <= target
        above = int(np.count_nonzero(possible <= target))
        low = high = 0.0
        if above:
            counts = betabinom.interval(
                _COVERAGE, normal_count, above, calibration_count + 1 - above
            )
            low, high = (float(count) / normal_count for count in counts)
        rows.append(
            AchievedRates(
                target,
                float(flagged[~anomalous].mean()),
                low,
                high,
                float(flagged[anomalous].mean()),
            )
        )
    return rows
