"""Lines with the lines before them, and as sequences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kizu.detection.text.sequences import (
    BOUNDARY,
    known_tokens,
    of_last_line,
    renumber,
    to_sequences,
)
from kizu.detection.text.windows import check_windows, with_lines_before
from kizu.preprocessing.vocabulary import PADDING
from kizu.training.next_token import NO_TOKEN

TOKENS = np.array([[5, 6, 1], [7, 1, 1], [2, 3, 4]], np.int32)


def test_lines_before():
    assert with_lines_before(TOKENS, 1).tolist() == [
        [[1, 1, 1], [5, 6, 1]],
        [[5, 6, 1], [7, 1, 1]],
        [[7, 1, 1], [2, 3, 4]],
    ]
    assert with_lines_before(TOKENS, 0).tolist() == [[row] for row in TOKENS.tolist()]
    with pytest.raises(ValueError, match="lines must be at least 0, got -1"):
        with_lines_before(TOKENS, -1)


def test_a_chunk_with_the_lines_before_it_gives_the_same_windows():
    whole = with_lines_before(TOKENS, 2)
    np.testing.assert_array_equal(with_lines_before(TOKENS[1:], 2)[2:], whole[3:])
    np.testing.assert_array_equal(with_lines_before(TOKENS, 2)[2:], whole[2:])


def test_negative_tokens_are_refused():
    with pytest.raises(ValueError, match="numbers of a vocabulary, got -1"):
        check_windows(np.array([[[-1]]]))


def test_unknown_tokens():
    known = known_tokens(np.array([9, 4, 4]))
    assert known.tolist() == [0, 1, 4, 9]
    assert renumber(np.array([0, 1, 4, 9, 5, 10]), known).tolist() == [0, 1, 2, 3, 0, 0]


def test_sequences():
    sequences = to_sequences(with_lines_before(TOKENS, 1))
    b = BOUNDARY
    assert sequences.tokens.tolist() == [
        [b, 5, 6, b, NO_TOKEN, NO_TOKEN, NO_TOKEN],
        [b, 5, 6, b, 7, b, NO_TOKEN],
        [b, 7, b, 2, 3, 4, b],
    ]
    assert sequences.lengths.tolist() == [4, 6, 7]


def test_a_line_without_tokens_is_left_out_unless_it_is_scored():
    items = np.array([[[5, 1], [1, 1], [1, 1]]], np.int32)
    assert to_sequences(items).tokens.tolist() == [[BOUNDARY, 5, BOUNDARY, BOUNDARY]]


@given(
    arrays(np.int32, array_shapes(min_dims=3, max_dims=3, max_side=4), elements=st.integers(2, 9))
)
def test_values_come_back_to_their_tokens(items):
    lengths = np.random.default_rng(0).integers(0, items.shape[2] + 1, items.shape[:2])
    padded = np.where(np.arange(items.shape[2]) < lengths[..., np.newaxis], items, PADDING)
    sequences = to_sequences(padded)
    # The tokens themselves as values.
    found = of_last_line(sequences.tokens.astype(float), sequences, padded)
    last = padded[:, -1]
    np.testing.assert_array_equal(found[:, :-1], np.where(last == PADDING, 0, last))
    assert (found[:, -1] == BOUNDARY).all()
