"""Scoring of new data in one object: what `kizu.load_detector` returns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kizu.detection.packing import unpack_detectors
from kizu.scoring.card import Card, read_card, unreadable
from kizu.scoring.errors import ScoringError
from kizu.scoring.files import find_files
from kizu.scoring.judge import FLAG, Judge
from kizu.scoring.modalities import detector_kinds, make_reader
from kizu.scoring.reader import Chunk, Reader
from kizu.sources.files import Reject, SourceFile

REJECTED = "rejected"
"""The column that says why a row has no scores; empty where it has."""


class Bundle(NamedTuple):
    """All that scoring needs, as it lies in files.

    Attributes:
        card: see `kizu.scoring.card`.
        detectors: their weights and settings, as `pack_detectors` returns them.
        estimators: their scikit-learn objects.
        anomaly_scores: of the stage; the calibration rows are used.
        transform: fitted, from aligned rows to features; None but for tables.
    """

    card: Mapping[str, Any]
    detectors: Mapping[str, Any]
    estimators: Mapping[str, Mapping[str, Any]]
    anomaly_scores: Any
    transform: Any


class Scorer:
    """A trained model of one modality, for data it has never seen.

    Attributes:
        card: what the model says of itself.
        reader: how files and data frames become items.
        judge: the detectors with their calibration.
    """

    def __init__(self, card: Card, reader: Reader, judge: Judge) -> None:
        self.card = card
        self.reader = reader
        self.judge = judge

    @classmethod
    def of(cls, bundle: Bundle) -> "Scorer":
        """Build the scorer of a bundle.

        Raises:
            ScoringError: the bundle is of another version, or incomplete.
        """
        card = read_card(bundle.card)
        try:
            detectors = unpack_detectors(
                detector_kinds(card.modality), bundle.detectors, bundle.estimators
            )
            reader = make_reader(card, bundle.transform)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise unreadable(card, error) from error
        if missing := [name for name in card.detectors if name not in detectors]:
            raise ScoringError(
                f"the model's card names {', '.join(missing)}; it holds {', '.join(detectors)}.",
                "train it again with `kizu repro`",
            )
        judge = Judge(
            {name: detectors[name] for name in card.detectors}, bundle.anomaly_scores, card.rate
        )
        return cls(card, reader, judge)

    def __repr__(self) -> str:
        card = self.card
        return f"<Scorer of {card.modality} by {', '.join(card.detectors)} (kizu {card.kizu})>"

    def score(self, data: Any) -> pd.DataFrame:
        """Score new data; what cannot be used has a row too, with the reason.

        Args:
            data: a path of a file or a folder, or several; a data frame: of the raw columns (for
                tables), of a column ``text``, or of the columns ``file`` (a name with its
                extension) and ``content`` (the bytes); or an array of items as the detectors take
                them, as a stage prepared them.

        Returns:
            One row an item: ``file`` and ``row`` (where paths were given), the columns of
            `Judge.judge`, and ``rejected``: empty, or why there are no scores (they are NaN then,
            and nothing is flagged).

        Raises:
            ScoringError: there is nothing to score, or a column is missing.
            TypeError: data is none of these.
            ValueError: it names no path, or an array is not of the items' shape.
        """
        if isinstance(data, np.ndarray):
            return self.judge.judge(data).assign(**{REJECTED: ""})
        if isinstance(data, pd.DataFrame):
            return self._score_frame(data)
        if isinstance(data, str | Path):
            files = find_files(Path(data)) if str(data) else iter(())  # "" would be this folder
        elif isinstance(data, Iterable):
            files = chain.from_iterable(map(_named, data))
        else:
            raise TypeError(
                "data must be a path, several paths, a data frame or an array of items, got "
                f"{type(data).__name__}"
            )
        parts = [
            _of_reject(found)
            if isinstance(found, Reject)
            else placed(found, self.judge.judge(found.items)).assign(**{REJECTED: ""})
            for found in self.reader.read(files)
        ]
        if not parts:
            raise ValueError(f"data names no path, got {data!r}")
        table = pd.concat(parts, ignore_index=True)
        if FLAG not in table:  # all of it is rejected
            columns = self.judge.judge(np.empty((0,))).columns
            table = table.reindex(columns=["file", *columns, REJECTED])
        return _with_flags(table)

    def _score_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        items, kept, rejected = self.reader.read_frame(frame)
        judged = self.judge.judge(items).assign(**{REJECTED: ""}).set_axis(kept)
        reasons = pd.DataFrame({REJECTED: list(rejected.values())}, index=list(rejected))
        table = _with_flags(pd.concat([judged, reasons]).sort_index())
        return table.set_axis(frame.index)


def placed(chunk: Chunk, judged: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a chunk's items with the place of each: ``file``, and ``row`` if any."""
    where: dict[str, Any] = {"file": list(chunk.files)}
    if chunk.rows is not None:
        where["row"] = pd.array(list(chunk.rows), dtype="Int64")
    return pd.concat([pd.DataFrame(where), judged], axis=1)


def _named(path: str | Path) -> Iterator[SourceFile | Reject]:
    """Yield the files of one of several paths; what they are called begins with it."""
    for file in find_files(Path(path)):
        if isinstance(file, Reject):
            yield replace(file, file=f"{path}/{file.file}")
        else:
            name = f"{path}/{file.path}" if Path(path).is_dir() else str(path)
            yield replace(file, id=name, path=name)


def _of_reject(reject: Reject) -> pd.DataFrame:
    return pd.DataFrame({"file": [reject.file], REJECTED: [reject.reason]})


def _with_flags(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with flags that are true or false, also where there are no scores."""
    flags = [name for name in table.columns if name == FLAG or name.endswith(f".{FLAG}")]
    return table.assign(**{name: table[name].eq(True) for name in flags})
