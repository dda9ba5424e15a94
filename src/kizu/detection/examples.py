"""Which items are worth looking at: the most anomalous ones, and the most wrong ones."""

from collections.abc import Callable, Hashable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

Group = Literal["most_anomalous", "missed", "false_alarm"]


class Example(NamedTuple):
    """An item worth a look.

    Attributes:
        group: why.
        rank: where it stands in its group, from 0.
        row: of the item.
        alike: items of equal content that would stand in the group, had it not been for this one.
    """

    group: Group
    rank: int
    row: int
    alike: int


def pick_examples(
    is_anomaly: ArrayLike,
    scores: ArrayLike,
    flags: ArrayLike,
    count: int,
    content: Callable[[int], Hashable],
) -> list[Example]:
    """Pick up to ``count`` items of each group, the most telling first, no two of a group alike.

    A log says the same thing over and over, and a detector is wrong about it each time.

    Args:
        is_anomaly: (N,) 0 or 1.
        scores: (N,); higher is more anomalous.
        flags: (N,) whether the item was called anomalous.
        count: of each group, at most.
        content: of the item of a row; of items with equal contents, the first one is picked.

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
        Example(group, rank, alike[0], len(alike) - 1)
        for group, rows in groups.items()
        for rank, alike in enumerate(_first_contents(rows, count, content))
    ]


def _first_contents(
    rows: np.ndarray, count: int, content: Callable[[int], Hashable]
) -> list[list[int]]:
    """The rows of each of the first ``count`` contents, up to where the next content begins."""
    found: dict[Hashable, list[int]] = {}
    for row in map(int, rows):
        own = content(row)
        if own not in found and len(found) == count:
            break
        found.setdefault(own, []).append(row)
    return list(found.values())
