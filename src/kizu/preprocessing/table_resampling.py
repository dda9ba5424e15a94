"""Classes made equally frequent, by leaving rows out or by taking some again."""

from typing import Any, Literal

import numpy as np

Resampling = Literal["none", "under", "over"]


def resample(labels: np.ndarray, method: Resampling, seed: int) -> np.ndarray:
    """Return which training rows to use; rows of other splits are never resampled.

    Args:
        labels: the class of each of N training rows.
        method: ``under`` draws from every class as many rows as the rarest has, without putting
            back; ``over`` adds rows of the rarer classes, drawn with putting back, until all are as
            frequent as the most frequent; ``none`` returns all rows.
        seed: of the draw.

    Returns:
        Positions of rows, int64; some not at all (``under``) or several times (``over``).
    """
    rows = np.arange(len(labels), dtype=np.int64)
    if method == "none":
        return rows
    sampler = make_sampler(method, seed)
    sampler.fit_resample(rows[:, np.newaxis], labels)
    return np.asarray(sampler.sample_indices_, dtype=np.int64)


def make_sampler(method: Literal["under", "over"], seed: int) -> Any:
    """Return imbalanced-learn's sampler of a name."""
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    return {"under": RandomUnderSampler, "over": RandomOverSampler}[method](random_state=seed)
