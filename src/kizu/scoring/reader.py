"""From files to items, a chunk at a time, and from an explanation to something to look at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from kizu.reporting.document import Block
from kizu.sources.files import Reject, SourceFile


@dataclass(frozen=True)
class Chunk:
    """Items that are scored together.

    Attributes:
        files: the file of each of N items, relative to what is scored.
        rows: where in its file each is: a line of a text, a row of Parquet, counted from 1; None
            where a file is an item.
        items: (N, …) as the modality's detectors take them.
        shown: what an explanation shows of each beside ``items``.
        notes: what a person should know of how they were read, and how often it happened.
    """

    files: Sequence[str]
    rows: Sequence[int | None] | None
    items: np.ndarray
    shown: Sequence[Any]
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """Why an item scores as it does.

    Attributes:
        content: of the file that is kept.
        extension: of its name: ``.png`` or ``.json``.
    """

    content: bytes
    extension: str


class Reader(Protocol):
    """How the data of a modality is read, with the checks and steps that its model was made with.

    Attributes:
        noun: what an item is, in the singular.
        columns: of a data frame that `read_frame` takes, with MLflow's names of their types.
        legend: how to read what `show` returns.
    """

    @property
    def noun(self) -> str: ...

    @property
    def columns(self) -> Mapping[str, str]: ...

    @property
    def legend(self) -> str: ...

    def read(self, files: Iterable[SourceFile | Reject]) -> Iterator[Chunk | Reject]:
        """Yield items in the order of the files; what cannot be used is refused with a reason."""
        ...

    def read_frame(self, frame: Any) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
        """Return the items of a data frame.

        Returns:
            The items (K, …), the positions in the frame that they come from (K,), and by position
            why a row cannot be used.

        Raises:
            ScoringError: the frame lacks a column.
        """
        ...

    def explain(self, chunk: Chunk, position: int, weights: np.ndarray) -> Explanation:
        """Return what is kept of what a detector's `explain` says of one item, its weights."""
        ...

    def show(self, chunk: Chunk, position: int, weights: np.ndarray) -> Sequence[Block]:
        """Return an item and its weights for a page."""
        ...
