"""Scoring all that lies at a path, a chunk at a time, into a folder."""

from heapq import heappush, heappushpop
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from kizu.detection.combination import COMBINED
from kizu.detection.drift import score_drift
from kizu.detection.multiple_testing import benjamini_hochberg
from kizu.reporting.formatting import percent
from kizu.scoring.file_reader import FileReader
from kizu.scoring.files import count_files, find_files
from kizu.scoring.judge import FLAG, P_VALUE, SCORE, column
from kizu.scoring.output import Output, output_folder
from kizu.scoring.page import Shown, score_page
from kizu.scoring.reader import Chunk
from kizu.scoring.scorer import Scorer, placed
from kizu.scoring.tally import Tally
from kizu.sources.files import Reject

ADJUSTED = "adjusted_p_value"
"""The column of the lowest false-discovery rate at which an item is flagged."""

EXPLANATION, EXPLAINED_BY = "explanation", "explained_by"
_MOST_SHOWN = 24
_MOST_REJECTS_KEPT = 50


def score_path(
    scorer: Scorer, path: Path, out: Path, *, false_discovery_rate: float | None = None
) -> Tally:
    """Score a file or a folder, and write what was found.

    Only a chunk of the data is in memory at once, beside a row of numbers for every item. Progress
    is shown where there is a terminal.

    Args:
        scorer: of the data's modality.
        path: of the file or folder.
        out: see `output_folder`.
        false_discovery_rate: flag by Benjamini and Hochberg over all that is scored here, so that
            of the flagged items this share is normal; None flags each item by itself, at the
            model's false-positive rate.

    Raises:
        ScoringError: there is nothing at the path, or the output cannot be written.
    """
    files = find_files(path)
    total = count_files(path) if isinstance(scorer.reader, FileReader) else None
    with output_folder(out, path) as output:
        walk = _Walk(scorer, output, false_discovery_rate)
        with tqdm(total=total, unit=scorer.reader.noun, disable=None) as bar:
            for found in scorer.reader.read(files):
                bar.update(walk.take(found))
        table = walk.finish()
        page = score_page(walk.tally, scorer, table, walk.examples())
        output.finish(table, walk.tally.as_dict(), page)
    return walk.tally


class _Walk:
    """What is known so far on the way through the data."""

    def __init__(self, scorer: Scorer, output: Output, false_discovery_rate: float | None) -> None:
        self._judge, self._reader = scorer.judge, scorer.reader
        self._output = output
        self._rate = false_discovery_rate
        self._tables: list[pd.DataFrame] = []
        self._most_anomalous: list[tuple[float, int, Shown]] = []
        if false_discovery_rate is None:
            rule = f"Of normal {self._reader.noun}s, {percent(self._judge.rate)} are flagged."
        else:
            share = percent(false_discovery_rate)
            rule = (
                f"Of the flagged {self._reader.noun}s, at most {share} are expected to be normal."
            )
        self.tally = Tally(self._reader.noun, rule)

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
        self._tables.append(placed(found, judged))
        self.tally.scored += len(judged)
        self.tally.notes.update(found.notes)
        return len(judged)

    def finish(self) -> pd.DataFrame:
        """Return all rows in order, with what can only be told of all of them together."""
        if not self._tables:
            none = self._judge.judge(np.empty((0,)))
            self._tables.append(none.assign(**{EXPLANATION: "", EXPLAINED_BY: ""}))
            self._tables[0].insert(0, "file", pd.Series(dtype="str"))
        table = pd.concat(self._tables, ignore_index=True)
        if self._rate is not None:
            adjusted = benjamini_hochberg(table[column(COMBINED, P_VALUE)])
            table.insert(table.columns.get_loc(FLAG), ADJUSTED, adjusted)
            table[FLAG] = adjusted <= self._rate
            for name in table.loc[~table[FLAG] & table[EXPLANATION].ne(""), EXPLANATION]:
                self._output.withdraw(name)
            table.loc[~table[FLAG], [EXPLANATION, EXPLAINED_BY]] = ""
            kept = set(np.flatnonzero(table[FLAG]).tolist())
            self._most_anomalous = [entry for entry in self._most_anomalous if -entry[1] in kept]
        self.tally.flagged = int(table[FLAG].sum())
        if len(table):
            self.tally.drift = {
                name: score_drift(self._judge.calibration[:, place], table[column(name, SCORE)])
                for place, name in enumerate(self._judge.detectors)
            }
        return table

    def examples(self) -> list[Shown]:
        """Return the most anomalous of the flagged items that are explained, the most first."""
        return [shown for _, _, shown in sorted(self._most_anomalous, reverse=True)]

    def _explain(self, chunk: Chunk, judged: pd.DataFrame) -> None:
        """Explain what is flagged, or may be once all items are known."""
        judged[EXPLANATION] = judged[EXPLAINED_BY] = ""
        p_values = judged[column(COMBINED, P_VALUE)].to_numpy()
        # Adjusted p-values are never lower.
        rows = np.flatnonzero(p_values <= (self._judge.rate if self._rate is None else self._rate))
        if not len(rows):
            return
        names, weights = self._judge.explain(chunk.items[rows], judged.iloc[rows])
        paths = []
        for row, name, weight in zip(rows.tolist(), names, weights, strict=False):
            explanation = self._reader.explain(chunk, row, weight)
            place = self.tally.scored + row
            paths.append(self._output.explain(place, explanation))
            where = (
                chunk.files[row] if chunk.rows is None else f"{chunk.files[row]}:{chunk.rows[row]}"
            )
            entry = (
                -float(p_values[row]),
                -place,
                Shown(where, float(p_values[row]), name, explanation),
            )
            push = heappush if len(self._most_anomalous) < _MOST_SHOWN else heappushpop
            push(self._most_anomalous, entry)
        if paths:
            judged.loc[rows, EXPLANATION] = paths
            judged.loc[rows, EXPLAINED_BY] = list(names)
