"""The figures that stages save: functions from plain data to a matplotlib ``Figure``.

No pyplot and no global state; the caller (or a dataset) decides where the figure is saved.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kizu.reporting.series import (
    DetectorScores,
    histogram_edges,
    histogram_shares,
    history_series,
    plain_words,
)
from kizu.reporting.style import (
    ANOMALOUS_COLOR,
    MUTED_COLOR,
    NORMAL_COLOR,
    house_style,
    line_look,
    new_figure,
)

_PANEL_WIDTH = 4.2
_PANEL_HEIGHT = 2.8
# Beyond this many classes the numbers in a confusion matrix no longer fit their cells.
_MOST_ANNOTATED_CLASSES = 20


def training_curves(
    rows: Sequence[Mapping[str, float]],
    series: Sequence[str | Sequence[str]],
    *,
    title: str,
) -> Figure:
    """Metrics against the training step, a panel for each item of ``series``.

    Args:
        rows: the history, one row a logged step: ``{"step": 50, "loss": 0.3, …}``. A row may lack
            a metric (evaluated less often); missing and non-finite values are left out.
        series: what to draw. A name gets a panel of its own, a sequence of names shares a panel
            (and its axis, so give it metrics of one unit).
        title: the heading of the figure.

    Raises:
        ValueError: when ``series`` is empty or names a metric that no row has.
    """
    panels = [(item,) if isinstance(item, str) else tuple(item) for item in series]
    if not panels:
        raise ValueError("series is empty: name at least one metric to draw")
    known = {name for row in rows for name in row} - {"step"}
    unknown = {name for names in panels for name in names} - known
    if unknown:
        raise ValueError(f"series names {sorted(unknown)}; the history has {sorted(known)}")

    columns = min(len(panels), 3)
    lines = -(-len(panels) // columns)
    with house_style():
        figure = new_figure(_PANEL_WIDTH * columns, _PANEL_HEIGHT * lines + 0.3)
        figure.suptitle(title, x=0.01, ha="left")
        for position, names in enumerate(panels):
            axes = figure.add_subplot(lines, columns, position + 1)
            for line, name in enumerate(names):
                steps, values = history_series(rows, name)
                marker = "o" if len(steps) < 2 else None  # a lone point draws no line
                axes.plot(steps, values, label=plain_words(name), marker=marker, **line_look(line))
            axes.set_xlabel("step")
            axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
            if len(names) == 1:
                axes.set_title(plain_words(names[0]))
            else:
                axes.legend()
    return figure


def confusion_matrix(
    matrix: np.ndarray, class_names: Sequence[str], *, title: str = "Confusion matrix"
) -> Figure:
    """Counts of true (rows) against predicted (columns) classes, shaded by the row's share.

    Args:
        matrix: (K, K) counts.
        class_names: the K names, in the order of the matrix.

    Raises:
        ValueError: when the matrix is not square or the names do not fit it.
    """
    counts = np.asarray(matrix)
    if counts.shape != (len(class_names), len(class_names)):
        raise ValueError(
            f"matrix has shape {counts.shape}; {len(class_names)} class names need "
            f"{(len(class_names), len(class_names))}"
        )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(3.2, 0.42 * len(class_names) + 1.2)
    with house_style():
        figure = new_figure(side + 0.8, side)
        axes = figure.add_subplot()
        axes.grid(False)
        shading = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
        axes.set_xticks(range(len(class_names)), labels=list(class_names))
        axes.set_yticks(range(len(class_names)), labels=list(class_names))
        if max((len(str(name)) for name in class_names), default=0) > 3:
            axes.tick_params(axis="x", labelrotation=90)
        axes.set(xlabel="predicted", ylabel="true")
        axes.set_title(title)
        if len(class_names) <= _MOST_ANNOTATED_CLASSES:
            for (row, column), count in np.ndenumerate(counts):
                if count:
                    color = "white" if shares[row, column] > 0.55 else "#1F2937"
                    axes.text(
                        column, row, f"{count:d}", ha="center", va="center", color=color, size=8
                    )
        figure.colorbar(shading, ax=axes, label="share of the true class", shrink=0.8)
    return figure


def roc_curves(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str = "ROC curves"
) -> Figure:
    """True against false positive rate, one curve a detector, the best area first in the legend.

    Args:
        curves: name to (false positive rates, true positive rates), both ascending from 0 to 1.
    """
    areas = {name: float(np.trapezoid(tpr, fpr)) for name, (fpr, tpr) in curves.items()}
    with house_style():
        figure = new_figure(6.4, 4.2)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=MUTED_COLOR, linewidth=0.8, linestyle=":")
        for position, name in enumerate(sorted(areas, key=lambda name: (-areas[name], name))):
            fpr, tpr = curves[name]
            axes.plot(
                fpr, tpr, label=f"{plain_words(name)}  {areas[name]:.3f}", **line_look(position)
            )
        axes.set(
            xlabel="false positive rate",
            ylabel="true positive rate",
            xlim=(-0.01, 1.01),
            ylim=(-0.01, 1.01),
            aspect="equal",
        )
        axes.set_title(title)
        if areas:
            axes.legend(title="area under the curve", loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def score_histograms(
    scores: Mapping[str, DetectorScores], *, title: str = "Test scores and thresholds"
) -> Figure:
    """Normal against anomalous test scores with the calibrated threshold, a panel a detector.

    Each group is shown as its share per bin, so that groups of different size compare. Scores
    beyond the range shown (see ``histogram_edges``) are counted in the outermost bins.
    """
    columns = max(1, min(len(scores), 3))
    lines = max(1, -(-len(scores) // columns))
    with house_style():
        figure = new_figure(_PANEL_WIDTH * columns, _PANEL_HEIGHT * lines + 0.4)
        figure.suptitle(title, x=0.01, ha="left")
        for position, (name, detector) in enumerate(scores.items()):
            axes = figure.add_subplot(lines, columns, position + 1)
            _score_panel(axes, detector)
            axes.set_title(plain_words(name))
        if scores:
            handles, labels = axes.get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _score_panel(axes: Axes, detector: DetectorScores) -> None:
    edges = histogram_edges(detector)
    groups = (
        ("normal", detector.normal, NORMAL_COLOR, None),
        ("anomalous", detector.anomalous, ANOMALOUS_COLOR, "////"),
    )
    for label, values, color, hatch in groups:
        axes.stairs(
            histogram_shares(values, edges),
            edges,
            fill=True,
            facecolor=f"{color}55",
            edgecolor=color,
            linewidth=0.8,
            hatch=hatch,
            label=label,
        )
    if np.isfinite(detector.threshold):
        axes.axvline(
            detector.threshold, color="#111827", linewidth=1.2, linestyle="--", label="threshold"
        )
    axes.set(xlabel="score", ylabel="share")
    axes.margins(x=0)
