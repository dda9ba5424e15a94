"""What is known so far on the way through new data."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kizu.detection.combination import COMBINED
from kizu.detection.drift import score_drift
from kizu.detection.multiple_testing import benjamini_hochberg
from kizu.reporting.document import Block
from kizu.reporting.formatting import percent
from kizu.scoring.judge import FLAG, P_VALUE, SCORE, column
from kizu.scoring.lowest import Kept, Lowest
from kizu.scoring.output import EXPLAINED_BY, EXPLANATION, Output
from kizu.scoring.reader import Chunk
from kizu.scoring.scorer import Scorer, placed
from kizu.scoring.tally import Tally
from kizu.sources.files import Reject

ADJUSTED = "adjusted_p_value"
"""The column of the lowest false-discovery rate at which an item is flagged."""

# The middle of the scores, and their upper end, which anomalies among usual items raise alone.
_QUANTILES = (0.5, 0.95)
_MOST_SHOWN = 24
_MOST_LISTED = 100
_MOST_REJECTS_KEPT = 50


@dataclass(frozen=True)
class Listed:
    """A flagged item in the page's table.

    Attributes:
        where: its file, and its place there.
        flagging: how many detectors flag it by themselves.
        detector: that explains it; empty where none can.
        explanation: path of its file; empty where there is none.
    """

    where: str
    flagging: int
    detector: str = ""
    explanation: str = ""


@dataclass(frozen=True)
class Shown:
    """A flagged item as the page shows it.

    Attributes:
        listed: what the table has of it.
        score: of the detector that explains it.
        p_value: of that detector alone.
        blocks: the item, and why it is flagged.
    """

    listed: Listed
    score: float
    p_value: float
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Found:
    """What the page needs of all items together.

    Attributes:
        scores: (N,) of each detector.
        flagged: items that each detector flags by itself.
        listed: the most anomalous of the flagged items, the most first.
        shown: those of them that are explained, fewer.
    """

    scores: Mapping[str, NDArray[np.float64]]
    flagged: Mapping[str, int]
    listed: Sequence[Kept[Listed]]
    shown: Sequence[Kept[Shown]]


class Walk:
    """Scores chunks one after the other; of an item stay its row on disk and its numbers.

    Args:
        scorer: of the data's modality.
        output: to write to.
        false_discovery_rate: as in `score_path`.
    """

    def __init__(self, scorer: Scorer, output: Output, false_discovery_rate: float | None) -> None:
        self._judge, self._reader = scorer.judge, scorer.reader
        self._output = output
        self._rate = false_discovery_rate
        self._p_values: list[NDArray[np.float64]] = [np.empty(0)]
        self._scores = [np.empty((0, len(scorer.judge.detectors)))]
        self._flagged: Counter[str] = Counter()
        self._listed: Lowest[Listed] = Lowest(_MOST_LISTED)
        self._shown: Lowest[Shown] = Lowest(_MOST_SHOWN)
        self.tally = Tally(self._reader.noun, self._rule())

    def take(self, found: Chunk | Reject) -> int:
        """Score a chunk, or list a reject; return how many they are."""
        if isinstance(found, Reject):
            self._output.reject(found)
            self.tally.rejected += 1
            if len(self.tally.first_rejects) < _MOST_REJECTS_KEPT:
                self.tally.first_rejects.append(found)
            return 1
        judged = self._judge.judge(found.items)
        self._explain(found, judged)
        self._output.add(placed(found, judged))
        self._p_values.append(judged[column(COMBINED, P_VALUE)].to_numpy())
        names = list(self._judge.detectors)
        self._scores.append(judged[[column(name, SCORE) for name in names]].to_numpy())
        self._flagged.update({name: int(judged[column(name, FLAG)].sum()) for name in names})
        self.tally.scored += len(judged)
        self.tally.notes.update(found.notes)
        return len(judged)

    def finish(self) -> Found:
        """Write the tables, with what can only be told of all items together, and return it."""
        p_values = np.concatenate(self._p_values)
        verdicts = pd.DataFrame({FLAG: p_values <= self._judge.rate})
        if self._rate is not None:
            adjusted = benjamini_hochberg(p_values)
            verdicts = pd.DataFrame({ADJUSTED: adjusted, FLAG: adjusted <= self._rate})
        flags = verdicts[FLAG].to_numpy()
        if not self.tally.scored:
            none = self._judge.judge(np.empty((0,))).assign(**{EXPLANATION: "", EXPLAINED_BY: ""})
            none.insert(0, "file", pd.Series(dtype="str"))
            self._output.add(none)
        self._output.finish_tables(verdicts)
        self.tally.flagged = int(flags.sum())
        scores = dict(zip(self._judge.detectors, np.concatenate(self._scores).T, strict=True))
        if self.tally.scored:
            for name, calibration in zip(scores, self._judge.calibration.T, strict=True):
                self.tally.drift[name] = score_drift(calibration, scores[name])
                new, usual = (np.quantile(own, _QUANTILES) for own in (scores[name], calibration))
                if new[0] < usual[0] and new[1] <= usual[1]:
                    self.tally.lower.add(name)
        # Adjusting keeps the order: what is flagged lies below what is not.
        highest = float(p_values[flags].max(initial=0))
        return Found(scores, self._flagged, self._listed.found(highest), self._shown.found(highest))

    def _rule(self) -> str:
        noun = f"{self._reader.noun}s"
        if self._rate is None:
            share = percent(self._judge.rate)
            return f"Of normal {noun}, at most {share} are expected to be flagged."
        return f"Of the flagged {noun}, at most {percent(self._rate)} are expected to be normal."

    def _explain(self, chunk: Chunk, judged: pd.DataFrame) -> None:
        """Explain what is flagged, or may be once all items are known."""
        judged[EXPLANATION] = judged[EXPLAINED_BY] = ""
        p_values = judged[column(COMBINED, P_VALUE)].to_numpy()
        # Adjusted p-values are never lower.
        rows = np.flatnonzero(p_values <= (self._judge.rate if self._rate is None else self._rate))
        if not len(rows):
            return
        names, weights = self._judge.explain(chunk.items[rows], judged.iloc[rows])
        flags = judged[[column(name, FLAG) for name in self._judge.detectors]].to_numpy()
        paths: list[str] = []
        for position, row in enumerate(rows.tolist()):
            place, p_value = self.tally.scored + row, float(p_values[row])
            listed = Listed(_where(chunk, row), int(flags[row].sum()))
            if names:
                explanation = self._reader.explain(chunk, row, weights[position])
                paths.append(self._output.explain(place, explanation))
                listed = replace(listed, detector=names[position], explanation=paths[-1])
                self._shown.offer(
                    p_value,
                    hashlib.sha256(chunk.items[row].tobytes()).digest(),
                    partial(self._show, chunk, judged, row, listed, weights[position]),
                )
            self._listed.offer(p_value, place, partial(replace, listed))
        if paths:
            judged.loc[rows, EXPLANATION] = paths
            judged.loc[rows, EXPLAINED_BY] = list(names)

    def _show(
        self, chunk: Chunk, judged: pd.DataFrame, row: int, listed: Listed, weights: np.ndarray
    ) -> Shown:
        numbers = judged.iloc[row]
        return Shown(
            listed,
            float(numbers[column(listed.detector, SCORE)]),
            float(numbers[column(listed.detector, P_VALUE)]),
            self._reader.show(chunk, row, weights),
        )


def _where(chunk: Chunk, row: int) -> str:
    """Return an item's file, and its place there if it has one."""
    line = None if chunk.rows is None else chunk.rows[row]
    return chunk.files[row] if line is None else f"{chunk.files[row]}:{line}"
