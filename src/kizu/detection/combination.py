"""Several detectors as one, by their conformal p-values."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

COMBINED = "combined"
"""The name under which the combination stands beside the detectors it is made of."""

# Items whose statistics are held at once, times the calibration set.
_CELLS_AT_ONCE = 2**22


def combined_p_values(calibration_scores: ArrayLike, scores: ArrayLike) -> NDArray[np.float64]:
    """Return one conformal p-value an item for D detectors together.

    The statistic is Fisher's, ``-sum(log p_d)`` over the detectors. Since detectors agree, it does
    not follow the chi-squared distribution that Fisher's method assumes, so that it is calibrated
    once more. Each new item joins the calibration set, everyone's p-values are ranks within that
    set of n + 1, and the result is the rank of the item's statistic: n + 1 exchangeable items,
    treated alike, so that a normal item's p-value is at most p with a chance of at most p (full
    conformal prediction; Vovk, Gammerman and Shafer 2005, section 2.2).

    Args:
        calibration_scores: (n, D) of normal items that no detector was fitted on.
        scores: (N, D) of new items.

    Returns:
        (N,) in ``[1 / (n + 1), 1]``.

    Raises:
        ValueError: a score is NaN, the numbers of detectors differ or are 0, or nothing was
            calibrated on.
    """
    calibration = np.asarray(calibration_scores, np.float64)
    new = np.asarray(scores, np.float64)
    if calibration.ndim != 2 or new.ndim != 2 or calibration.shape[1] != new.shape[1]:
        raise ValueError(
            "scores must be (n, D) and (N, D) of the same D detectors, got shapes "
            f"{calibration.shape} and {new.shape}"
        )
    if not calibration.shape[1]:
        raise ValueError("scores must be of at least one detector, got none")
    if not len(calibration):
        raise ValueError("calibration_scores must hold at least one item, got none")
    for name, array in (("calibration_scores", calibration), ("scores", new)):
        if np.isnan(array).any():
            row, column = np.argwhere(np.isnan(array))[0]
            raise ValueError(f"{name} must be numbers, got NaN at row {row}, detector {column}")
    count = len(calibration)
    ordered = np.sort(calibration, axis=0)
    # How many calibration items score at least as high (a calibration item counts itself).
    above_old = np.stack([_at_least(*pair) for pair in zip(ordered.T, calibration.T, strict=True)])
    above_new = np.stack([_at_least(*pair) for pair in zip(ordered.T, new.T, strict=True)])
    statistic = -np.log((1 + above_new) / (count + 1)).sum(axis=0)
    # A calibration item's rank rises by one where the new item scores at least as high.
    alone = np.log(above_old / (count + 1))
    beside = np.log((above_old + 1) / (count + 1))
    p_values = np.empty(len(new))
    step = max(1, _CELLS_AT_ONCE // calibration.size)
    for start in range(0, len(new), step):
        part = slice(start, start + step)
        raised = new[part, np.newaxis, :] >= calibration[np.newaxis]
        others = -np.where(raised, beside.T, alone.T).sum(axis=2)
        # Sums of the same logarithms in another order differ in the last bits: those are ties.
        ties = others >= statistic[part, np.newaxis] * (1 - 1e-12) - 1e-12
        p_values[part] = (1 + ties.sum(axis=1)) / (count + 1)
    return p_values


def _at_least(ordered: np.ndarray, values: np.ndarray) -> NDArray[np.intp]:
    """Count the entries of a sorted vector that are at least each value."""
    return len(ordered) - np.searchsorted(ordered, values, side="left")
