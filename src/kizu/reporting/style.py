"""One look for every figure: colors, type and the context in which figures are drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kizu.reporting.pictures import DOTS_PER_INCH

# Okabe and Ito (2008), "Color Universal Design": eight colors that stay apart for the common
# forms of color blindness. Black is kept for text and the yellow, invisible on white, is left out.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Lines beyond the palette, and readers who see no color at all, are told apart by their dashes.
DASHES = ("-", "--", "-.", ":")

NORMAL_COLOR = PALETTE[0]
ANOMALOUS_COLOR = PALETTE[1]
MUTED_COLOR = "#6B7280"

_STYLE = {
    # The font that matplotlib carries itself: the same glyphs on every machine.
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": "#374151",
    "axes.edgecolor": "#9CA3AF",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E5E7EB",
    "grid.linewidth": 0.8,
    "xtick.color": "#9CA3AF",
    "ytick.color": "#9CA3AF",
    "xtick.labelcolor": "#374151",
    "ytick.labelcolor": "#374151",
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "figure.titlesize": 11.0,
    "figure.titleweight": "bold",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw inside this context: matplotlib's own defaults, then the house style.

    The user's ``matplotlibrc`` has no say, so the same data gives the same bytes anywhere.
    """
    with matplotlib.style.context(_STYLE, after_reset=True):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure on the Agg canvas, ``width`` × ``height`` inches; no pyplot, no state."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def line_look(position: int) -> dict[str, Any]:
    """Color and dashes of the line at ``position``: unique for the first 24 lines."""
    return {
        "color": PALETTE[position % len(PALETTE)],
        "linestyle": DASHES[position // len(PALETTE) % len(DASHES)],
    }
