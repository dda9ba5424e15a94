"""Detection where normal changes: score an item, compare it with recent ones, learn from it.

Dawid, "Present position and potential developments: some personal views: statistical theory: the
prequential approach" (1984): each item is judged by what was known before it. Conformal p-values
among recent scores instead of a calibration set: Ishimtsev, Bernstein, Burnaev and Nazarov,
"Conformal k-NN anomaly detector for univariate data streams" (2017). No label is asked for.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kizu.detection.conformal import conformal_p_values
from kizu.detection.protocol import UpdatableDetector


class Judged(NamedTuple):
    """What was found about N items, in their order.

    Attributes:
        scores: (N,), each of the detector that had learned from the items before.
        p_values: (N,), each among the scores before it.
        learned: (N,) bool, whether the detector learned from the item.
    """

    scores: NDArray[np.float64]
    p_values: NDArray[np.float64]
    learned: NDArray[np.bool_]


def score_and_learn(
    detector: UpdatableDetector[np.ndarray],
    items: np.ndarray,
    recent_scores: ArrayLike,
    *,
    window: int,
    learn_above: float,
) -> Judged:
    """Score items one after another, and learn from each that does not stand out.

    An item's p-value is conformal, among the last ``window`` scores. All of them count, anomalies'
    too: what is new raises the scores to compare with, and so is learned when there is enough of
    it. About a share ``p`` of the items, not of the normal ones, has a p-value of at most ``p``.

    Args:
        detector: fitted; it is changed.
        items: (N, ...), in the order of time.
        recent_scores: (M,) at least one, of the items before, oldest first.
        window: how many scores an item is compared with, at least 1.
        learn_above: an item is learned from if its p-value is greater; 0 learns from all, 1 from
            none.

    Raises:
        ValueError: a parameter out of its range, no recent score, or as the detector.
    """
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    if not 0 <= learn_above <= 1:
        raise ValueError(f"learn_above must lie in [0, 1], got {learn_above}")
    recent = deque(np.asarray(recent_scores, np.float64).tolist(), maxlen=window)
    judged = Judged(np.empty(len(items)), np.empty(len(items)), np.empty(len(items), bool))
    for place in range(len(items)):
        item = items[place : place + 1]
        score = detector.score(item)
        p_value = conformal_p_values(list(recent), score)
        recent.extend(score)
        judged.scores[place], judged.p_values[place] = score[0], p_value[0]
        judged.learned[place] = p_value[0] > learn_above
        if judged.learned[place]:
            detector.update(item)
    return judged
