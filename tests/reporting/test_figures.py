"""The figure factories: right content, no global state, the same bytes twice."""

import io
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from kizu.reporting import figures
from kizu.reporting.series import DetectorScores

GENERATOR = np.random.default_rng(0)
ROWS = [
    {"step": step, "loss": 1.0 / step, "test_loss": 1.2 / step, "accuracy": 1 - 1.0 / step}
    for step in range(1, 30)
]
SCORES = {
    name: DetectorScores(GENERATOR.normal(size=100), GENERATOR.normal(3, 1, size=50), threshold=1.6)
    for name in ("pixel_neighbors", "anogan")
}
ROC = {"knn": (np.array([0, 0.1, 1]), np.array([0, 0.9, 1])), "chance": (np.arange(2),) * 2}

FACTORIES = {
    "training_curves": lambda: figures.training_curves(
        ROWS, [("loss", "test_loss"), "accuracy"], title="Classifier"
    ),
    "confusion_matrix": lambda: figures.confusion_matrix(
        np.eye(4, dtype=int), ["a", "b", "c", "long name"]
    ),
    "roc_curves": lambda: figures.roc_curves(ROC),
    "score_histograms": lambda: figures.score_histograms(SCORES),
}


def png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


@pytest.mark.parametrize("name", FACTORIES)
def test_figures_have_the_same_bytes_twice(name: str) -> None:
    assert png(FACTORIES[name]()) == png(FACTORIES[name]())


def test_figures_ignore_the_users_matplotlib_settings_and_change_none() -> None:
    import matplotlib as mpl

    reference = png(FACTORIES["roc_curves"]())
    with mpl.rc_context({"font.family": "monospace", "lines.linewidth": 9, "figure.dpi": 30}):
        before = dict(mpl.rcParams)
        assert png(FACTORIES["roc_curves"]()) == reference
        assert dict(mpl.rcParams) == before


def test_figures_never_import_pyplot() -> None:
    code = (
        "import sys; from kizu.reporting import figures;"
        "figures.roc_curves({}); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_training_curves_draw_a_panel_an_item_and_skip_what_is_missing() -> None:
    rows = [*ROWS, {"step": 30, "loss": float("nan")}]
    figure = figures.training_curves(rows, [("loss", "test_loss"), "accuracy"], title="t")
    shared, single = figure.axes
    assert [line.get_label() for line in shared.get_lines()] == ["loss", "test loss"]
    assert len(shared.get_lines()[0].get_xdata()) == len(ROWS)
    assert single.get_title(loc="left") == "accuracy"


def test_training_curves_name_what_the_history_lacks() -> None:
    with pytest.raises(ValueError, match=r"\['los'\].*'accuracy', 'loss'"):
        figures.training_curves(ROWS, ["los"], title="t")
    with pytest.raises(ValueError, match="series is empty"):
        figures.training_curves(ROWS, [], title="t")


def test_confusion_matrix_refuses_names_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 2\); 3 class names"):
        figures.confusion_matrix(np.eye(2, dtype=int), ["a", "b", "c"])


def test_confusion_matrix_writes_the_counts() -> None:
    figure = figures.confusion_matrix(np.array([[7, 0], [2, 5]]), ["a", "b"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["7", "2", "5"]


def test_roc_curves_order_the_legend_by_area() -> None:
    legend = figures.roc_curves(ROC).axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["knn  0.900", "chance  0.500"]
