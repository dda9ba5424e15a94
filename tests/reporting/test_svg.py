"""The inline charts: ticks, well-formed drawings, and points where they belong."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kizu.reporting.series import DetectorScores
from kizu.reporting.svg import (
    Line,
    interval_axis,
    interval_mark,
    interval_range,
    line_chart,
    look_class,
    nice_ticks,
    score_chart,
)

numbers = st.floats(-1e9, 1e9, allow_subnormal=False)


@given(low=numbers, width=st.floats(1e-3, 1e9), about=st.integers(3, 8))
def test_ticks_are_round_evenly_spaced_and_inside(low: float, width: float, about: int) -> None:
    high = low + width
    assume(width > 1e-6 * abs(low))  # below, the ticks differ by little more than rounding
    ticks = nice_ticks(low, high, about)
    assert 2 <= len(ticks) <= 2 * about + 1
    step = ticks[1] - ticks[0]
    assert np.allclose(np.diff(ticks), step, rtol=1e-6)
    slack = 1e-6 * step
    assert low - slack <= ticks[0]
    assert ticks[-1] <= high + slack
    if len(ticks) > 2:
        mantissa = step / 10 ** math.floor(math.log10(step) + 1e-6)
        assert min(abs(mantissa - nice) for nice in (1, 2, 5)) < 1e-3


def test_ticks_at_familiar_ranges() -> None:
    assert nice_ticks(0, 1, 5) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert nice_ticks(0, 0.3, 3) == [0, 0.1, 0.2, 0.3]
    assert nice_ticks(-1, 1, 4) == [-1, -0.5, 0, 0.5, 1]


@given(st.lists(st.tuples(numbers, numbers), max_size=20))
def test_any_finite_line_gives_a_well_formed_drawing(points: list[tuple[float, float]]) -> None:
    points = sorted(points)
    line = Line("a", [x for x, _ in points], [y for _, y in points])
    drawing = line_chart([line], description='"<&>', x_label="step & more")
    root = ET.fromstring(drawing)
    assert root.get("aria-label") == '"<&>'
    assert "nan" not in drawing
    assert "inf" not in drawing.replace("infinite", "")


def test_points_land_where_the_axes_say() -> None:
    line = Line("a", [0, 50, 100], [0, 1, 0.5])
    root = ET.fromstring(line_chart([line], description="", x_label="x", y_range=(0, 1)))
    (path,) = [element for element in root.iter("path") if "line" in element.get("class", "")]
    (x0, y0), (x1, y1), (x2, y2) = [
        tuple(map(float, pair.split())) for pair in path.get("d", "")[1:].split("L")
    ]
    assert x1 - x0 == pytest.approx(x2 - x1)
    assert y0 - y1 == pytest.approx(2 * (y0 - y2), abs=0.2)
    rules = [float(rule.get("y1", "")) for rule in root.iter("line") if rule.get("class") == "rule"]
    assert max(rules) == pytest.approx(y0)
    assert min(rules) == pytest.approx(y1)


def test_one_point_is_a_dot() -> None:
    drawing = line_chart([Line("a", [5], [0.3])], description="", x_label="step")
    assert "<circle" in drawing


def test_lines_differ_in_color_or_dashes() -> None:
    assert len({look_class(look) for look in range(24)}) == 24


def test_a_score_chart_marks_the_threshold() -> None:
    scores = DetectorScores(np.array([0.0, 1.0]), np.array([4.0]), threshold=2.0)
    root = ET.fromstring(score_chart(scores, description=""))
    (threshold,) = [path for path in root.iter("path") if path.get("class") == "threshold"]
    edges = [
        float(corner.split()[0])
        for path in root.iter("path")
        if "area" in path.get("class", "")
        for corner in path.get("d", "")[1:].split("L")
    ]
    at = float(threshold.get("d", "")[1:].split()[0])
    assert at == pytest.approx((min(edges) + max(edges)) / 2, abs=0.1)


def test_a_score_chart_without_scores_is_empty_but_drawn() -> None:
    nothing = np.array([])
    ET.fromstring(score_chart(DetectorScores(nothing, nothing, math.nan), description=""))


def test_whiskers_reach_from_low_to_high_and_stay_inside() -> None:
    ends = interval_range([0.8, 0.97, 1.0])
    root = ET.fromstring(interval_mark(0.9, 0.7, 0.95, ends=ends, reference=0.85))
    assert root.get("aria-hidden") == "true"
    lines = {line.get("class", "").split()[0]: line for line in root.iter("line")}
    rail, whisker = lines["rail"], lines["whisker"]
    assert whisker.get("x1") == rail.get("x1")
    (dot,) = root.iter("circle")
    assert float(whisker.get("x1", "")) < float(dot.get("cx", "")) < float(whisker.get("x2", ""))
    assert float(lines["threshold"].get("x1", "")) < float(dot.get("cx", ""))


def test_an_unknown_value_leaves_the_row_empty() -> None:
    assert "<circle" not in interval_mark(math.nan, None, None, ends=(0, 1))


def test_the_axis_of_a_column_names_its_ends() -> None:
    labels = [text.text for text in ET.fromstring(interval_axis((0.8, 1.0))).iter("text")]
    assert (labels[0], labels[-1]) == ("0.8", "1")


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=5))
def test_a_range_exists_for_any_values(values: list[float]) -> None:
    values = [value for value in values if not 1e9 < abs(value) < math.inf]
    low, high = interval_range(values)
    assert low < high
    slack = 1e-6 * (high - low)
    finite = [value for value in values if math.isfinite(value)]
    assert all(low - slack <= value <= high + slack for value in finite)


@pytest.mark.parametrize(("count", "seed"), [(2, 0), (40, 1), (3000, 2)])
def test_a_line_of_many_points_keeps_its_place_and_both_ends(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = (np.sort(random.random(count)) for _ in range(2))
    chart = line_chart(
        [Line("l", x.tolist(), y.tolist())],
        description="d",
        x_label="x",
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
    )
    (path,) = (path.attrib["d"] for path in ET.fromstring(chart).iter("path"))
    drawn = np.array([[float(value) for value in point.split()] for point in path[1:].split("L")])
    width, height = 300 - 48 - 18, 190 - 36 - 8  # of the small chart between its margins
    exact = np.stack([48 + width * x, 190 - 36 - height * y], axis=1)
    assert np.allclose(drawn[[0, -1]], exact[[0, -1]], atol=0.06)
    assert len(drawn) <= 2 + (width + height) / 0.3
    distances: np.ndarray = np.abs(exact[:, np.newaxis] - drawn[np.newaxis])
    nearest = distances.max(axis=2).min(axis=1)
    assert nearest.max() <= 0.3 + 0.06


@pytest.mark.parametrize("ends", [(0.75, 1.0), (0.5, 1.0), (0.0, 0.3), (0.4, 1.0)])
def test_numbers_of_an_interval_axis_stand_where_they_belong(ends: tuple[float, float]) -> None:
    low, high = ends
    for text in ET.fromstring(interval_axis(ends)).iter("text"):
        at = 8 + (float(text.text or "") - low) / (high - low) * 134  # of 150 pixels, margins of 8
        shift = {"start": -8, "middle": 0, "end": 8}[text.attrib["text-anchor"]]
        assert float(text.attrib["x"]) == pytest.approx(at + shift, abs=0.06)
        assert 0 <= float(text.attrib["x"]) <= 150
