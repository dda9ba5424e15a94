"""Blocks that show single items, the filters over them, and what an item can be shown as.

They belong to `kizu.reporting.document`, and are drawn by ``templates/examples.jinja``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kizu.reporting.document import Block, Picture


@dataclass(frozen=True)
class Views(Block):
    """Pictures of one item side by side, each with a word under it."""

    kind: ClassVar[str] = "views"
    items: Sequence[Picture]


@dataclass(frozen=True)
class Clip(Block):
    """A sound to listen to.

    Attributes:
        name: of its file.
        source: a data URI; empty where the page has no room for it.
    """

    kind: ClassVar[str] = "clip"
    name: str
    source: str


@dataclass(frozen=True)
class Contribution:
    """What a column of a row has to do with its score.

    Attributes:
        column: its name.
        value: as it stands in the table.
        feature: what a detector got of it.
        share: of the row's score, from 0 to 1.
    """

    column: str
    value: str
    feature: str
    share: float


@dataclass(frozen=True)
class Contributions(Block):
    """A row of a table: the columns most to blame, and below them the values of the others."""

    kind: ClassVar[str] = "contributions"
    items: Sequence[Contribution]
    others: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Word:
    """A token of a line.

    Attributes:
        text: the token.
        level: from 0, not to blame, to `LEVELS`, most to blame.
        known: whether it is in the vocabulary.
    """

    LEVELS: ClassVar[int] = 5
    text: str
    level: int
    known: bool


@dataclass(frozen=True)
class MarkedLine(Block):
    """A line of text with its tokens marked.

    Attributes:
        words: its tokens.
        blamed: those most to blame, once more, for who cannot see the marks.
        before: the lines before it, which say whether it belongs where it stands.
        cut: tokens at its end that no detector looked at.
    """

    kind: ClassVar[str] = "marked_line"
    words: Sequence[Word]
    blamed: Sequence[str]
    before: Sequence[str]
    cut: int


@dataclass(frozen=True)
class Example:
    """An item that deserves a look: how it is shown and what is known about it."""

    title: str
    tag: str
    content: Sequence[Block]
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ExampleGroup:
    """Items that a detector ranked alike: those it is proud of, or those it got wrong.

    Attributes:
        key: what the filter calls it.
        title: its heading.
        note: what is in it, and in which order.
        items: in order.
    """

    key: str
    title: str
    note: str
    items: Sequence[Example]


@dataclass(frozen=True)
class DetectorExamples:
    """The examples of one detector, ``open`` or folded."""

    key: str
    title: str
    groups: Sequence[ExampleGroup]
    open: bool


@dataclass(frozen=True)
class ModalityExamples(Block):
    """The examples of one modality, the best detector first.

    Attributes:
        key: what the filter calls the modality.
        title: its heading.
        lead: how an item is shown.
        detectors: in order; none where no detector explains itself.
    """

    kind: ClassVar[str] = "modality_examples"
    key: str
    title: str
    lead: str
    detectors: Sequence[DetectorExamples]


@dataclass(frozen=True)
class ExampleFilters(Block):
    """Controls that show fewer of the examples; without a script there are none.

    Attributes:
        modalities: all of them.
        groups: key and title of each.
    """

    kind: ClassVar[str] = "example_filters"
    modalities: Sequence[ModalityExamples]
    groups: Sequence[tuple[str, str]]
