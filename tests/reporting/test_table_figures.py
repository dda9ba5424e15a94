"""Figures of tables show the numbers that they are given."""

from itertools import pairwise

import numpy as np
import pytest

from kizu.reporting import table_figures as figures


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_a_bar_for_each_value_and_another_color_from_the_limit_on():
    (axes,) = figures.bars(
        {"a": 0.5, "b": 0.95, "c": 1.0}, title="t", label="l", limit=0.95, decimals=2
    ).axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.95, 1.0]
    colors = [bar.get_facecolor() for bar in axes.patches]
    assert colors[0] != colors[1] == colors[2]
    assert texts(axes) == ["0.50", "0.95", "1.00"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]


def test_grouped_bars_stand_side_by_side():
    (axes,) = figures.grouped_bars(
        ["g", "h"], {"x": [1, 2], "y": [3, 4]}, title="t", label="l"
    ).axes
    bars = sorted(axes.patches, key=lambda bar: bar.get_x())
    assert [bar.get_height() for bar in bars] == [1, 3, 2, 4]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))


def test_histograms_leave_missing_values_out():
    values = np.array([1.0, np.nan, 2.0, np.inf, 2.0])
    (axes,) = figures.histograms({"x": values}, {"x": "note"}, title="t").axes
    assert sum(patch.get_height() for patch in axes.patches) == 3
    assert axes.get_xlabel() == "note"


def test_before_and_after_have_a_row_each():
    pair = (np.array([1.0, np.nan]), np.array([1.0, 5.0]))
    axes = figures.before_and_after({"x": pair, "y": pair}, title="t", after="done").axes
    counts = [sum(patch.get_height() for patch in panel.patches) for panel in axes]
    assert counts == [1, 2, 1, 2]
    assert [panel.get_ylabel() for panel in axes] == ["before", "done", "", ""]


def test_the_heading_over_a_single_column_is_not_cut():
    pair = (np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    figure = figures.before_and_after(
        {"x": pair}, title="Rows beside the training rows", after="imputed"
    )
    figure.draw_without_rendering()
    (heading,) = figure.texts
    assert heading.get_window_extent().x1 <= figure.bbox.x1


def test_the_legend_of_grouped_bars_covers_none_of_them():
    figure = figures.grouped_bars(
        ["g", "h"], {"none": [9, 9], "under": [9, 9], "over": [9, 9]}, title="t", label="l"
    )
    figure.draw_without_rendering()
    (axes,) = figure.axes
    legend = axes.get_legend().get_window_extent()
    assert legend.x1 <= figure.bbox.x1
    assert not any(legend.overlaps(bar.get_window_extent()) for bar in axes.patches)


def test_boxes_are_centered_and_name_their_outliers():
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0, np.nan])
    (axes,) = figures.box_plots({"x": values}, {"x": 1}, title="t").axes
    fliers = [line for line in axes.lines if line.get_marker() == "."]
    assert fliers[0].get_ydata() == pytest.approx([(100 - 3) / 2])
    assert axes.get_xticklabels()[0].get_text() == "x\n1"


def test_cells_hold_the_texts_and_cut_long_ones():
    (axes,) = figures.cells(["a", "b"], [["x", "y" * 100]], title="t").axes
    cells = axes.tables[0].get_celld()
    assert cells[0, 0].get_text().get_text() == "a"
    assert cells[1, 0].get_text().get_text() == "x"
    assert cells[1, 1].get_text().get_text().endswith("y…")


def test_train_and_test_scores_are_told_apart():
    (axes,) = figures.train_and_test(
        ["a", "b"], np.array([1.0, 0.9]), np.array([0.8, 0.7]), title="t", label="l"
    ).axes
    lines = {line.get_label(): line.get_xdata().tolist() for line in axes.lines}
    assert lines == {"train": [1.0, 0.9], "test": [0.8, 0.7]}
    assert texts(axes) == ["0.800", "0.700"]
