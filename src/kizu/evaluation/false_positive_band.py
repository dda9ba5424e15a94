"""Does a target false-positive rate come true? What chance alone makes of it."""

from fractions import Fraction

from scipy.stats import betabinom

_COVERAGE = 0.95


def false_positive_band(
    calibration_count: int, normal_count: int, target: float
) -> tuple[float, float]:
    """Return where the achieved false-positive rate lies in 95% of all draws.

    Of ``n`` calibration scores, the ``k = floor(target (n + 1))`` largest ones lie above the
    conformal threshold or on it. A new normal item exceeds it with a chance that varies with the
    calibration set as Beta(k, n + 1 - k), so that of ``m`` such items a beta-binomial number is
    flagged (Vovk, "Conditional validity of inductive conformal predictors" (2012), section 3). Ties
    make the detector more cautious than that. A rate outside the band says that the normal items
    are not those of the calibration any more.

    Args:
        calibration_count: n, scores that the threshold was set on.
        normal_count: m, normal items of which some are flagged.
        target: the rate asked for, taken as the decimal number that is written.

    Returns:
        Both ends, in [0, 1]; (0, 0) where n is too small for the target, since nothing is flagged.

    Raises:
        ValueError: a count is not positive, or the target is out of (0, 1).
    """
    if calibration_count < 1 or normal_count < 1:
        raise ValueError(
            "calibration_count and normal_count must be at least 1, "
            f"got {calibration_count} and {normal_count}"
        )
    if not 0 < target < 1:
        raise ValueError(f"target must lie in (0, 1), got {target}")
    above = int(Fraction(repr(float(target))) * (calibration_count + 1))
    if not above:
        return 0.0, 0.0
    low, high = betabinom.interval(_COVERAGE, normal_count, above, calibration_count + 1 - above)
    return float(low) / normal_count, float(high) / normal_count
