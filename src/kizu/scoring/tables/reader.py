"""The rows of tables as the table detectors take them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from kizu.preprocessing.table_alignment import align, wrong_types
from kizu.preprocessing.table_plan import feature_names, kept
from kizu.preprocessing.table_types import plain_types, read_values
from kizu.reporting.document import Block
from kizu.reporting.sections.examples_tables import blamed_columns
from kizu.scoring.errors import ScoringError
from kizu.scoring.reader import Chunk, Explanation
from kizu.scoring.tables.recipe import TableRecipe
from kizu.sources.files import Reject, RejectedFileError, SourceFile
from kizu.sources.tables import ROW_ID, read_table_in_pieces

_ROWS_AT_ONCE = 8192
# Text in a table, whatever a new file's values look like.
_TEXTS = ("label", "one_hot")


class TableReader:
    """Reads tables by a recipe.

    A file needs the columns that the model uses, in any order; others are left alone. Levels that
    the training never saw are scored as the transform takes them, and counted.

    Args:
        recipe: of the training.
        transform: fitted there, from aligned rows to features.
    """

    noun: ClassVar[str] = "row"
    legend: ClassVar[str] = (
        "The columns most to blame for a row's score: the value as it was written, what the "
        "detectors got of it, and its share of what the row's values are blamed for. Below them, "
        "the other values."
    )

    def __init__(self, recipe: TableRecipe, transform: Any) -> None:
        self._checks = recipe.checks
        self._plans = recipe.plans
        self._wanted = [plan.name for plan in kept(self._plans)]
        self._texts = [plan.name for plan in kept(self._plans) if plan.encoding in _TEXTS]
        self._features = feature_names(self._plans)
        self._columns = {
            "columns": [plan.as_dict() for plan in kept(self._plans)],
            "features": self._features,
        }
        self._transform = transform

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns that the model uses; true and false are text, so that they may be missing."""
        numbers = {plan.name for plan in kept(self._plans) if plan.encoding == "number"}
        return {name: "double" if name in numbers else "string" for name in self._wanted}

    def read(self, files: Iterable[SourceFile | Reject]) -> Iterator[Chunk | Reject]:
        """Yield chunks of at most 8,192 rows; a Parquet file is in memory as a whole."""
        for file in files:
            if isinstance(file, Reject):
                yield file
                continue
            try:
                for found in read_table_in_pieces(file, self._checks, _ROWS_AT_ONCE):
                    if isinstance(found, Reject):
                        yield found
                        continue
                    self._require_columns(found.frame.columns.tolist())
                    frame = self._typed(found.frame[self._wanted])
                    for start in range(0, len(frame), _ROWS_AT_ONCE):
                        yield from self._chunk(frame.iloc[start : start + _ROWS_AT_ONCE])
            except RejectedFileError as error:
                yield Reject(file.path, _advised(str(error)))

    def read_frame(self, frame: Any) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
        """Return the items of raw rows."""
        try:
            self._require_columns(frame.columns.tolist())
        except RejectedFileError as error:
            raise ScoringError(
                f"the input {error}.", f"give the columns {', '.join(self._wanted)}"
            ) from error
        rows = self._typed(plain_types(frame[self._wanted].reset_index(drop=True)))
        wrong = wrong_types(rows, self._plans)
        fit = rows.drop(index=list(wrong))
        rejected = {int(str(row)): "; ".join(why) for row, why in wrong.items()}
        return self._items(fit)[0], fit.index.to_numpy(np.int64), rejected

    def explain(self, chunk: Chunk, position: int, weights: np.ndarray) -> Explanation:
        """Return the row, and how much each feature is to blame, the most first."""
        order = np.argsort(-weights, kind="stable")
        contributions = {self._features[place]: float(weights[place]) for place in order}
        document = {"contributions": contributions, "row": chunk.shown[position]}
        content = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        return Explanation(content.encode(), ".json")

    def show(self, chunk: Chunk, position: int, weights: np.ndarray) -> Sequence[Block]:
        """Return the row's values, those most to blame first."""
        row = chunk.shown[position]
        return [blamed_columns(row, chunk.items[position], weights, self._columns)]

    def _typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        written = frame.select_dtypes("str").fillna("")
        return frame.assign(**read_values(written, self._checks.decimal, self._texts))

    def _require_columns(self, found: list[str]) -> None:
        if lacking := [name for name in self._wanted if name not in found]:
            raise RejectedFileError(
                f"lacks {', '.join(map(repr, lacking))} of the columns that the model was fitted on"
            )

    def _chunk(self, frame: pd.DataFrame) -> Iterator[Chunk | Reject]:
        wrong = wrong_types(frame, self._plans)
        for row, reasons in wrong.items():
            yield Reject(str(row), "; ".join(reasons))
        fit = frame.drop(index=list(wrong))
        if fit.empty:
            return
        places = [str(row).rpartition(":") for row in fit.index]
        items, unknown = self._items(fit)
        yield Chunk(
            [file for file, _, _ in places],
            [int(row) for _, _, row in places],
            items,
            _Records(fit),
            {
                f"a value of the column {name!r} that the training never saw": count
                for name, count in unknown.items()
            },
        )

    def _items(self, rows: pd.DataFrame) -> tuple[np.ndarray, dict[str, int]]:
        """Return features (N, F), and how many values of a column were no known level."""
        if rows.empty:
            return np.empty((0, len(self._features)), np.float32), {}
        aligned, alignment = align(rows, self._plans)
        items: np.ndarray = self._transform.transform(aligned).astype(np.float32)
        return items, alignment.unknown


def _advised(reason: str) -> str:
    """Add what to do about the one column that no table may bring along."""
    return f"{reason}: rename or drop it" if repr(ROW_ID) in reason else reason


class _Records(Sequence[dict[str, Any]]):
    """Rows of a data frame by position, of values that JSON can hold."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._count = len(frame)
        self._columns = {
            str(name): values.astype(object).where(values.notna(), None).tolist()
            for name, values in frame.items()
        }

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: Any) -> Any:
        return {name: values[position] for name, values in self._columns.items()}
