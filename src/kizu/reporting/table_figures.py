"""Figures of tables: counts, distributions, cells before and after a step, scores."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from kizu.reporting.style import (
    ANOMALOUS_COLOR,
    MUTED_COLOR,
    NORMAL_COLOR,
    PALETTE,
    house_style,
    new_figure,
)

_WIDTH = 5.8
_BINS = 30
_PANELS_A_ROW = 3
_MOST_CHARACTERS = 56


def bars(
    values: Mapping[str, float],
    *,
    title: str,
    label: str,
    limit: float | None = None,
    decimals: int = 0,
) -> Figure:
    """A horizontal bar for each name, in order from the top, its value beside it.

    Args:
        values: by name.
        title: the heading.
        label: of the axis of values.
        limit: a value to mark; bars that reach it are drawn in another color.
        decimals: of the values beside the bars.
    """
    names = list(values)
    lengths = np.array([values[name] for name in names], dtype=float)
    reached = lengths >= limit if limit is not None else np.zeros(len(names), bool)
    colors = [ANOMALOUS_COLOR if flag else NORMAL_COLOR for flag in reached]
    with house_style():
        figure = new_figure(_WIDTH, 0.9 + 0.24 * len(names))
        axes = figure.add_subplot()
        drawn = axes.barh(range(len(names)), lengths, color=colors)
        axes.bar_label(drawn, [f"{length:,.{decimals}f}" for length in lengths], padding=3, size=8)
        if limit is not None:
            axes.axvline(limit, color=MUTED_COLOR, linestyle="--", linewidth=1)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.margins(x=0.12)
        axes.set_xlabel(label)
        axes.set_title(title)
    return figure


def grouped_bars(
    groups: Sequence[str], series: Mapping[str, Sequence[float]], *, title: str, label: str
) -> Figure:
    """Bars side by side: a group each, in it one bar for each of the series.

    Args:
        groups: names of the G groups.
        series: G values by name.
        title: the heading.
        label: of the axis of values.
    """
    width = 0.8 / len(series)
    with house_style():
        figure = new_figure(_WIDTH, 2.6)
        axes = figure.add_subplot()
        for number, (name, values) in enumerate(series.items()):
            places = np.arange(len(groups)) + (number - (len(series) - 1) / 2) * width
            drawn = axes.bar(places, values, width * 0.95, label=name, color=PALETTE[number])
            axes.bar_label(drawn, [f"{value:,.4g}" for value in values], padding=2, size=7)
        axes.set_xticks(range(len(groups)), groups)
        axes.grid(visible=False, axis="x")
        axes.margins(y=0.15)
        axes.set_ylabel(label)
        axes.set_title(title)
        axes.legend(
            loc="upper left", bbox_to_anchor=(1.0, 1.0)
        )  # beside the bars, whatever they are
    return figure


def histograms(panels: Mapping[str, np.ndarray], notes: Mapping[str, str], *, title: str) -> Figure:
    """A histogram for each column of numbers, with a note in it.

    Args:
        panels: values (N,) by column; missing ones are left out.
        notes: a line or more by column.
        title: the heading.
    """
    rows = max(1, -(-len(panels) // _PANELS_A_ROW))
    with house_style():
        figure = new_figure(6.0, 1.75 * rows + 0.4)
        figure.suptitle(title, x=0.01, ha="left")
        for number, (name, values) in enumerate(panels.items()):
            axes = figure.add_subplot(rows, _PANELS_A_ROW, number + 1)
            present = values[np.isfinite(values)]
            axes.hist(present, bins=_BINS, color=NORMAL_COLOR)
            axes.set_title(name, size=9)
            axes.set_xlabel(notes.get(name, ""), size=7)
            axes.tick_params(labelsize=7)
            axes.set_yticks([])
            axes.grid(visible=False)
    return figure


def before_and_after(
    pairs: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str, after: str
) -> Figure:
    """Histograms of columns before a step (above) and after it (below).

    Args:
        pairs: values before (N,) and after (M,) by column; missing ones are left out.
        title: the heading.
        after: what the lower row shows.
    """
    with house_style():
        # A single column still leaves room for the heading.
        figure = new_figure(min(6.0, max(3.6, 1.9 * len(pairs) + 0.6)), 3.0)
        figure.suptitle(title, x=0.01, ha="left")
        for number, (name, values) in enumerate(pairs.items()):
            for row, (part, label) in enumerate(zip(values, ("before", after), strict=True)):
                axes = figure.add_subplot(2, len(pairs), row * len(pairs) + number + 1)
                color = NORMAL_COLOR if row == 0 else ANOMALOUS_COLOR
                axes.hist(part[np.isfinite(part)], bins=_BINS, color=color)
                axes.set_title(name if row == 0 else "", size=9)
                axes.set_ylabel(label if number == 0 else "", size=8)
                axes.set_yticks([])
                axes.tick_params(labelsize=7)
                axes.grid(visible=False)
    return figure


def box_plots(
    columns: Mapping[str, np.ndarray], counts: Mapping[str, int], *, title: str
) -> Figure:
    """A box for each column, its median at 0 and its interquartile range 1 high.

    Args:
        columns: values (N,) by column; missing ones are left out.
        counts: outliers by column, said under its name.
        title: the heading.
    """
    shown = []
    for values in columns.values():
        present = values[np.isfinite(values)]
        low, middle, high = np.quantile(present, [0.25, 0.5, 0.75])
        shown.append((present - middle) / ((high - low) or 1.0))
    names = [f"{name}\n{counts[name]}" for name in columns]
    with house_style():
        figure = new_figure(_WIDTH, 2.8)
        axes = figure.add_subplot()
        axes.boxplot(
            shown,
            whis=1.5,
            flierprops={"marker": ".", "markersize": 2, "markeredgecolor": ANOMALOUS_COLOR},
            medianprops={"color": NORMAL_COLOR},
        )
        axes.set_yscale("symlog", linthresh=3)
        axes.set_xticks(range(1, len(names) + 1), names)
        axes.tick_params(axis="x", labelsize=7, labelrotation=30)
        axes.set_ylabel("interquartile ranges from the median")
        axes.set_title(title)
    return figure


def cells(header: Sequence[str], rows: Sequence[Sequence[str]], *, title: str) -> Figure:
    """A table as a picture: a few rows, long texts cut short.

    Args:
        header: names of the columns.
        rows: as many texts as the header each.
        title: the heading.
    """
    texts = [[_cut(text) for text in row] for row in rows]
    lengths = [max(len(text) for text in column) for column in zip(header, *texts, strict=True)]
    with house_style():
        height = 0.5 + 0.24 * (len(rows) + 1)
        figure = new_figure(6.0, height)
        figure.set_layout_engine("none")  # the table fills its place; nothing is to be arranged
        axes = figure.add_axes((0.01, 0.02, 0.98, 0.98 - 0.3 / height))
        axes.set_axis_off()
        axes.set_title(title)
        total = sum(lengths) + 2 * len(lengths)
        drawn = axes.table(
            cellText=texts,
            colLabels=[_cut(name) for name in header],
            colWidths=[(length + 2) / total for length in lengths],
            cellLoc="left",
            colLoc="left",
            bbox=Bbox.unit(),
        )
        drawn.auto_set_font_size(False)
        drawn.set_fontsize(min(8.0, 8.0 * 88 / total))
        for (row, _), cell in drawn.get_celld().items():
            cell.set_edgecolor("#E5E7EB")
            cell.PAD = 0.02
            if row == 0:
                cell.set_text_props(weight="bold")
    return figure


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def train_and_test(
    names: Sequence[str], train: np.ndarray, test: np.ndarray, *, title: str, label: str
) -> Figure:
    """A score on training and on test rows, a line a name; the gap between them is drawn.

    Args:
        names: of the V variants, from the top.
        train: (V,) scores on training rows.
        test: (V,) scores on test rows.
        title: the heading.
        label: what the score is.
    """
    places = np.arange(len(names))
    with house_style():
        figure = new_figure(_WIDTH, 1.1 + 0.26 * len(names))
        axes = figure.add_subplot()
        axes.hlines(places, test, train, color="#D1D5DB", linewidth=2)
        axes.plot(train, places, "o", color=MUTED_COLOR, label="train", fillstyle="none")
        axes.plot(test, places, "o", color=NORMAL_COLOR, label="test")
        for place, value in zip(places, test, strict=True):
            axes.annotate(
                f"{value:.3f}",
                (value, place),
                (-6, 0),
                textcoords="offset points",
                size=7,
                ha="right",
                va="center",
            )
        axes.set_yticks(places, names)
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.set_xlabel(label)
        axes.set_title(title)
        axes.legend()
    return figure
