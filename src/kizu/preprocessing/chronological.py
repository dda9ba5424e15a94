"""Splitting by time: what comes first is learned from, what comes later is tested on."""

from collections.abc import Mapping

import numpy as np

from kizu.preprocessing.splits import SplitError


def chronological_split(positions: np.ndarray, fractions: Mapping[str, float]) -> np.ndarray:
    """Return the split of each item: the earliest in the first split, the latest in the last one.

    A detector watches what comes after it was fitted. A split at random lets it learn from lines
    of the very minutes it is tested on, and flatters it. Labels play no part, so data without any
    is split in the same way; where some of the early items are known to be anomalous, whoever fits
    a model of what is normal leaves those out. Equal items may be in several splits: a machine
    says the same tomorrow, and recognizing it is no leak.

    Args:
        positions: of N items in time; any numbers that sort, no two equal.
        fractions: share of each split by name, in the order of time; they sum to 1.

    Returns:
        The name of each item's split: an array of N strings.

    Raises:
        SplitError: a split would stay empty.
    """
    names = list(fractions)
    bounds = np.rint(np.cumsum(list(fractions.values())) * len(positions)).astype(np.int64)
    ranks = np.empty(len(positions), np.int64)
    ranks[np.argsort(positions, kind="stable")] = np.arange(len(positions))
    chosen = np.searchsorted(bounds[:-1], ranks, side="right")
    counts = np.bincount(chosen, minlength=len(names))
    if not counts.all():
        empty = names[int(counts.argmin())]
        raise SplitError(
            f"{len(positions)} items are too few: the split {empty!r} would stay empty at a share "
            f"of {fractions[empty]:g}. Add data, or raise the share."
        )
    return np.array(names)[chosen]
