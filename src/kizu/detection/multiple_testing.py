"""Many p-values at once: how many of the items called anomalous are false alarms."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return the adjusted p-values of a batch: flag those at most a target false-discovery rate.

    A threshold on p-values holds the share of *normal* items that are flagged. Flagging adjusted
    p-values at most ``q`` instead holds the expected share of normal items *among the flagged
    ones* at ``q`` (Benjamini and Hochberg, "Controlling the False Discovery Rate" (1995), theorem
    1). Conformal p-values that share a calibration set depend on each other, but in the way under
    which that remains true (Bates et al., "Testing for Outliers with Conformal p-values" (2023),
    theorem 2).

    With ``n`` calibration items no p-value is below ``1 / (n + 1)``. Of a batch of ``N``, nothing
    can be flagged unless ``k >= N / (q (n + 1))`` items reach that: large batches with few
    anomalies need a large calibration set.

    Args:
        p_values: (N,) in [0, 1], of the whole batch that is decided on together.

    Returns:
        (N,) in [0, 1]: the lowest rate at which each item is flagged.

    Raises:
        ValueError: not one-dimensional, or a value outside [0, 1].
    """
    values = np.asarray(p_values, np.float64)
    if values.ndim != 1:
        raise ValueError(f"p_values must be one-dimensional, got shape {values.shape}")
    outside = ~((values >= 0) & (values <= 1))
    if outside.any():
        row = int(outside.argmax())
        raise ValueError(f"p_values must lie in [0, 1], got {values[row]} at row {row}")
    descending = np.argsort(-values, kind="stable")
    ranks = np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[descending] = np.minimum.accumulate(values[descending] * len(values) / ranks)
    # 15 digits, as many as float64 holds: an item that reaches 0.05 has 0.05, and not a bit more.
    rounded = np.char.mod("%.15g", adjusted).astype(np.float64)
    return np.minimum(rounded, 1)
