"""Which items are worth looking at: the most anomalous ones, and the most wrong ones."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

Group = Literal["most_anomalous", "missed", "false_alarm"]


class Example(NamedTuple):
    """An item, where it stands in its group, and the row it came from."""

    group: Group
    rank: int
    row: int


def pick_examples(
    is_anomaly: ArrayLike, scores: ArrayLike, flags: ArrayLike, count: int
) -> list[Example]:
    """Pick up to ``count`` items of each group, the most telling first.

    Args:
        is_anomaly: (N,) 0 or 1.
        scores: (N,); higher is more anomalous.
        flags: (N,) whether the item was called anomalous.
        count: of each group, at most.

    Returns:
        The highest scores of all (``most_anomalous``), the anomalies with the lowest scores among
        those not flagged (``missed``), and the normal items with the highest scores among those
        flagged (``false_alarm``). Of equal scores, the first row comes first.
    """
    anomalous, flagged = np.asarray(is_anomaly, bool), np.asarray(flags, bool)
    scores = np.asarray(scores, np.float64)
    ascending = np.argsort(scores, kind="stable")
    descending = np.argsort(-scores, kind="stable")
    missed = (anomalous & ~flagged)[ascending]
    false_alarms = (~anomalous & flagged)[descending]
    groups: dict[Group, np.ndarray] = {
        "most_anomalous": descending,
        "missed": ascending[missed],
        "false_alarm": descending[false_alarms],
    }
    return [
        Example(group, rank, int(row))
        for group, rows in groups.items()
        for rank, row in enumerate(rows[:count])
    ]
