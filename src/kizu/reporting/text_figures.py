"""Figures of text: before and after a step, tokens, lengths, frequencies, batches, word vectors.

The figures' font, which matplotlib carries itself, has no Japanese. A character that it lacks is
drawn as its code point (``U+59EB``), never as an empty box; who wants to read Japanese words in a
figure romanizes them before, and puts the words themselves into the caption.
"""

import textwrap
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from kizu.reporting.style import (
    MUTED_COLOR,
    PALETTE,
    house_style,
    new_figure,
)

_LINE_INCHES = 0.17
_MONOSPACE_INCHES = 0.073  # width of a character at 8 points
_WIDEST = 6.8  # inches; what is longer is cut
_TEXT_COLOR = "#1F2937"


def drawable(text: str) -> str:
    """Return the text with every character that the figures' font lacks as its code point."""
    glyphs = _glyphs()
    return "".join(
        character if ord(character) in glyphs else f"U+{ord(character):04X}"
        for character in text.replace("\n", "⏎").replace("\t", " ").replace("\u3000", " ")
    )


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    # Words stand in both faces.
    faces = ("DejaVu Sans", "DejaVu Sans Mono")
    maps = [
        FT2Font(findfont(FontProperties(family=face), fallback_to_default=False)).get_charmap()
        for face in faces
    ]
    return frozenset(maps[0]) & frozenset(maps[1])


def before_and_after(pairs: Sequence[tuple[str, str]], *, width: int = 44) -> Figure:
    """Texts before (left) and after (right) a step, a pair a row; long ones are wrapped."""
    rows = [[_wrapped(text, width) for text in pair] for pair in pairs]
    heights = [max(cell.count("\n") + 1 for cell in row) + 0.6 for row in rows]
    column = width * _MONOSPACE_INCHES
    with house_style():
        figure = new_figure(2 * column + 0.4, (sum(heights) + 1.6) * _LINE_INCHES + 0.1)
        axes = _blank(figure, 2 * column + 0.3, sum(heights) + 1.4)
        for place, title in enumerate(("before", "after")):
            axes.text(
                place * (column + 0.2),
                0.2,
                title,
                **_monospace(color=MUTED_COLOR, weight="bold"),
            )
        top = 1.4
        for row, height in zip(rows, heights, strict=True):
            axes.axhline(top - 0.2, color="#E5E7EB", linewidth=0.8)
            for place, cell in enumerate(row):
                axes.text(place * (column + 0.2), top, cell, **_monospace())
            top += height
    return figure


def tokens_in_boxes(
    rows: Sequence[tuple[str, Sequence[str]]], numbers: Sequence[Sequence[int]] | None = None
) -> Figure:
    """Lists of tokens as boxes side by side, with the list's name before it.

    Args:
        rows: names and tokens; a list is cut where it leaves the figure.
        numbers: drawn below the tokens, one a token.
    """
    label_width = 0.08 * max(len(name) for name, _ in rows) + 0.1
    line = 2.4 if numbers is None else 3.4
    with house_style():
        figure = new_figure(_WIDEST + 0.2, len(rows) * line * _LINE_INCHES + 0.15)
        axes = _blank(figure, _WIDEST, len(rows) * line)
        for row, (name, tokens) in enumerate(rows):
            top = row * line + 0.3
            axes.text(0, top + 0.75, drawable(name), size=8, color=MUTED_COLOR, va="center")
            below = None if numbers is None else numbers[row]
            _boxes(axes, tokens, below, label_width, top)
    return figure


def _boxes(
    axes: Axes, tokens: Sequence[str], numbers: Sequence[int] | None, left: float, top: float
) -> None:
    for place, token in enumerate(tokens):
        shown = drawable(token)
        below = "" if numbers is None else str(numbers[place])
        width = max(len(shown), len(below), 1) * _MONOSPACE_INCHES + 0.05
        if left + width > _WIDEST - 0.15:
            axes.text(left, top + 0.75, "…", size=8, va="center")
            return
        color = PALETTE[place % 2 * 5]
        axes.add_patch(
            FancyBboxPatch(
                (left, top),
                width,
                1.5,
                boxstyle="square,pad=0",
                facecolor=f"{color}33",
                edgecolor=color,
                linewidth=0.6,
            )
        )
        center = left + width / 2
        axes.text(center, top + 0.75, shown, **_monospace(ha="center", va="center"))
        if below:
            axes.text(
                center, top + 2.1, below, **_monospace(ha="center", va="center", color=MUTED_COLOR)
            )
        left += width + 0.04


def text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Figure:
    """A table of short texts; a column is as wide as its longest cell."""
    cells = [[drawable(cell) for cell in row] for row in rows]
    widths = [
        max(len(name), *(len(row[place]) for row in cells)) * _MONOSPACE_INCHES + 0.15
        for place, name in enumerate(columns)
    ]
    height = (len(rows) + 1) * 1.3 + 0.4
    with house_style():
        figure = new_figure(sum(widths) + 0.2, height * _LINE_INCHES + 0.1)
        axes = _blank(figure, sum(widths), height)
        for line, row in enumerate([list(columns), *cells]):
            for place, cell in enumerate(row):
                style = {"color": MUTED_COLOR, "weight": "bold"} if line == 0 else {}
                axes.text(sum(widths[:place]), line * 1.3 + 0.2, cell, **_monospace(**style))
        axes.axhline(1.3, color="#9CA3AF", linewidth=0.8)
    return figure


def _blank(figure: Figure, width: float, lines: float) -> Axes:
    """Return axes without a frame: inches to the right, lines of text downward."""
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(lines, 0)
    return axes


def _monospace(**style: str) -> dict[str, Any]:
    return {
        "family": "DejaVu Sans Mono",
        "size": 8,
        "color": _TEXT_COLOR,
        "va": "top",
        "parse_math": False,
        **style,
    }


def _wrapped(text: str, width: int) -> str:
    shown = drawable(text)
    return "\n".join(textwrap.wrap(shown, width, drop_whitespace=False) or [""])
