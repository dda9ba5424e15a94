"""Figures of text."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.reporting.text_figures import before_and_after, drawable, text_table, tokens_in_boxes
from kizu.reporting.token_figures import (
    batch_masks,
    length_histogram,
    rank_frequency,
    similarity_bars,
    word_map,
)

ODD = "傷 <a> $x_1$ \\frac % \t tab\n線 🙂 e\u0301 ✓"


def png(figure) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that is missing is a warning
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def test_what_the_font_lacks_is_a_code_point():
    assert drawable("姫 a é\n") == "U+59EB a é⏎"


@pytest.mark.parametrize(
    "draw",
    [
        lambda: before_and_after([(ODD, "x" * 300), ("", ODD)]),
        lambda: tokens_in_boxes([("name", [ODD] * 30), ("b", [])], [list(range(30)), []]),
        lambda: text_table(["a", "b"], [[ODD, ""], ["x", "y"]]),
        lambda: length_histogram({"train": np.arange(90), "test": np.array([], int)}, 16),
        lambda: length_histogram({"train": np.array([0, 0])}, 1),
        lambda: rank_frequency(np.array([9, 3, 1])),
        lambda: batch_masks([("a", np.ones((2, 3), bool)), ("b", np.zeros((2, 5), bool))]),
        lambda: similarity_bars([(ODD, [(ODD, 0.5), ("b", -0.2)]), ("t", [("a", 1.0)])]),
        lambda: word_map(np.eye(3, 2), [ODD, "b", "c"], [(0, 1)]),
    ],
)
def test_every_figure_is_drawn_without_missing_glyphs_and_twice_the_same(draw):
    first = png(draw())
    assert first.startswith(b"\x89PNG")
    assert first == png(draw())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_drawable_text_stays_drawable(text):
    once = drawable(text)
    assert drawable(once) == once
    assert "\n" not in once


def test_tokens_beyond_the_figure_are_cut_with_a_sign():
    figure = tokens_in_boxes([("a", ["word"] * 100)])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[-1] == "…"
    assert 5 < texts.count("word") < 100


def test_numbers_stand_below_their_tokens():
    figure = tokens_in_boxes([("a", ["x", "y"])], [[7, 0]])
    assert [text.get_text() for text in figure.axes[0].texts] == ["a", "x", "7", "y", "0"]


def test_lengths_beyond_the_axis_are_counted_in_the_last_bin():
    figure = length_histogram({"train": np.array([1, 1, 2, 500_000])}, 4)
    stairs = figure.axes[0].patches[0]
    assert sum(stairs.get_data().values) == pytest.approx(1)
