"""What a report is made of: sections of blocks, plain data without a word of HTML.

A section is built by a function in `kizu.reporting.sections`; `kizu.reporting.html` turns the
whole into a page. A new kind of block is a class here, and a macro in
``templates/blocks.jinja`` under the name of its ``kind``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from markupsafe import Markup

from kizu.reporting.pictures import DOTS_PER_INCH, data_uri, png_size, small_image_uri

_CSS_PIXELS_PER_INCH = 96


class Block:
    """A piece of a section; ``kind`` names the macro that draws it."""

    kind: ClassVar[str]


@dataclass(frozen=True)
class Paragraph(Block):
    """Running text."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Notice(Block):
    """Says what is not here, and why."""

    kind: ClassVar[str] = "notice"
    text: str


@dataclass(frozen=True)
class Heading(Block):
    """The title of a part of a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Folded(Block):
    """Blocks that start closed, for what few readers need; paper shows them open."""

    kind: ClassVar[str] = "folded"
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class KeyFigure:
    """One number to remember: what it is, its value, and what to hold it against."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class KeyFigures(Block):
    """The numbers to remember."""

    kind: ClassVar[str] = "key_figures"
    items: Sequence[KeyFigure]


@dataclass(frozen=True)
class Column:
    """A table's column.

    Attributes:
        label: its heading.
        numeric: whether its cells are numbers, set flush right.
        axis: drawn under the heading, over a column of `interval_mark`.
        sort: how the page's script may sort the rows by it: by each cell's ``value``, by its
            ``text``, or not at all.
        order: how the rows are sorted by it as they stand.
    """

    label: str
    numeric: bool = False
    axis: Markup | None = None
    sort: Literal["", "value", "text"] = ""
    order: Literal["", "ascending", "descending"] = ""


@dataclass(frozen=True)
class Cell:
    """A table's cell.

    Attributes:
        text: what it says.
        detail: said more quietly under it, such as an interval.
        tag: a badge beside it, such as "baseline".
        drawing: drawn under it.
        code: set in a typewriter face, for hashes and keys.
        value: what a column that is sorted by value compares; None comes last.
    """

    text: str = ""
    detail: str = ""
    tag: str = ""
    code: bool = False
    drawing: Markup | None = None
    value: float | None = None


@dataclass(frozen=True)
class Table(Block):
    """Rows under columns; the first cell of a row is its heading.

    Attributes:
        caption: what the table shows.
        columns: headings, as many as a row has cells.
        rows: the cells.
        note: how to read it, set under the table.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True)
class Legend:
    """An entry of a legend: the drawing's style-sheet classes and the words."""

    look: str
    label: str


@dataclass(frozen=True)
class Chart:
    """An inline SVG with its title and, where it has several lines, their legend."""

    title: str
    drawing: Markup
    legend: Sequence[Legend] = ()


@dataclass(frozen=True)
class Charts(Block):
    """Charts side by side, as many as the page is wide; one legend for all where they share it."""

    kind: ClassVar[str] = "charts"
    items: Sequence[Chart]
    caption: str = ""
    legend: Sequence[Legend] = ()


@dataclass(frozen=True)
class Picture:
    """A raster image with its caption.

    Attributes:
        source: a data URI.
        width: as shown, in CSS pixels.
        height: as shown.
        alt: the picture in words.
        caption: set under it.
        pixelated: whether its pixels are meant to be seen.
    """

    source: str
    width: int
    height: int
    alt: str
    caption: str
    pixelated: bool

    @classmethod
    def figure(cls, png: bytes, *, alt: str, caption: str = "") -> "Picture":
        """A matplotlib figure, as large as its inches, sharp on dense screens."""
        scale = _CSS_PIXELS_PER_INCH / DOTS_PER_INCH
        width, height = (round(side * scale) for side in png_size(png))
        return cls(data_uri(png), width, height, alt, caption, pixelated=False)

    @classmethod
    def pixels(cls, png: bytes, *, enlarge: int, alt: str, caption: str = "") -> "Picture":
        """An image of few pixels, each shown as a square of ``enlarge`` CSS pixels."""
        width, height = (side * enlarge for side in png_size(png))
        return cls(data_uri(png), width, height, alt, caption, pixelated=True)

    @classmethod
    def view(cls, pixels: np.ndarray, *, longest: int, alt: str, caption: str = "") -> "Picture":
        """An image, uint8 (H, W) or (H, W, 3), its longer side shown as ``longest`` CSS pixels."""
        height, width = pixels.shape[:2]
        scale = longest / max(height, width)
        size = round(width * scale), round(height * scale)
        return cls(small_image_uri(pixels), *size, alt, caption, pixelated=True)


@dataclass(frozen=True)
class Pictures(Block):
    """Pictures side by side, as many as the page is wide."""

    kind: ClassVar[str] = "pictures"
    items: Sequence[Picture]


@dataclass(frozen=True)
class RunLinks(Block):
    """The place that a published copy fills with its commit and its runs."""

    kind: ClassVar[str] = "run_links"


@dataclass(frozen=True)
class Section:
    """A chapter of the report.

    Attributes:
        anchor: its address within the page.
        title: its heading.
        lead: a sentence on what it shows.
        blocks: its content.
    """

    anchor: str
    title: str
    lead: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """The whole: a title, a line under it, and the sections in reading order."""

    title: str
    subtitle: str
    sections: Sequence[Section]
