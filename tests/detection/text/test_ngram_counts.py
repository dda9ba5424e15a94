"""N-gram probabilities against a plain implementation of the formula."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.detection.text.ngram_counts import NgramCounts
from kizu.detection.text.sequences import BOUNDARY, to_sequences

SIZE = 6
lines = st.lists(st.lists(st.integers(2, SIZE - 1), max_size=5), min_size=1, max_size=6)


def sequences(documents):
    items = np.full((len(documents), 1, 5), 1)
    for row, tokens in enumerate(documents):
        items[row, 0, : len(tokens)] = tokens
    return to_sequences(items).tokens


class Plain:
    """Interpolated smoothing by dictionaries and recursion."""

    def __init__(self, documents, order, smoothing):
        self.order, self.smoothing = order, smoothing
        self.followers = defaultdict(Counter)
        for tokens in documents:
            whole = [BOUNDARY, *tokens, BOUNDARY]
            for place in range(1, len(whole)):
                for length in range(min(order, place + 1)):
                    self.followers[tuple(whole[place - length : place])][whole[place]] += 1

    def probability(self, context, token):
        shorter = self.probability(context[1:], token) if context else 1 / SIZE
        seen = self.followers.get(context)
        if not seen:
            return shorter
        weight = {"witten_bell": len(seen), "dirichlet": SIZE}[self.smoothing]
        return (seen[token] + weight * shorter) / (seen.total() + weight)


every_smoothing = pytest.mark.parametrize("smoothing", ["witten_bell", "dirichlet"])


@every_smoothing
@pytest.mark.parametrize("order", [1, 2, 3, 5])
@given(lines, lines)
def test_agrees_with_the_formula(smoothing, order, documents, asked):
    counts = NgramCounts.count(sequences(documents), order, SIZE)
    found = counts.probabilities(sequences(asked), smoothing)
    plain = Plain(documents, order, smoothing)
    for row, tokens in enumerate(asked):
        whole = (BOUNDARY, *tokens, BOUNDARY)
        for place in range(1, len(whole)):
            context = whole[max(0, place - order + 1) : place]
            expected = plain.probability(context, whole[place])
            assert found[row, place] == pytest.approx(expected, rel=1e-12)


@every_smoothing
@given(lines)
def test_probabilities_of_all_tokens_add_up_to_one(smoothing, documents):
    counts = NgramCounts.count(sequences(documents), 3, SIZE)
    followed = np.array([[BOUNDARY, 2, 3, token] for token in range(SIZE)])
    assert counts.probabilities(followed, smoothing)[:, -1].sum() == pytest.approx(1)


@pytest.mark.parametrize("order", [1, 2, 4])
@given(lines, lines)
def test_merged_counts_are_those_of_all(order, some, others):
    own, other = (NgramCounts.count(sequences(part), order, SIZE) for part in (some, others))
    together = NgramCounts.count(sequences(some + others), order, SIZE)
    merged = own.merged(other)
    assert len(merged.keys) == len(together.keys)
    for level in range(len(together.keys)):
        np.testing.assert_array_equal(merged.keys[level], together.keys[level])
        np.testing.assert_array_equal(merged.counts[level], together.counts[level])


@given(lines, st.sets(st.integers(0, 9), min_size=SIZE, max_size=SIZE))
def test_renumbered_counts_are_those_of_renumbered_tokens(documents, others):
    numbers = np.array(sorted(others))
    tokens = sequences(documents)
    moved = np.where(tokens < 0, tokens, numbers[tokens])
    expected = NgramCounts.count(moved, 3, 10)
    found = NgramCounts.count(tokens, 3, SIZE).renumbered(numbers, 10)
    assert found.vocabulary_size == 10
    for level in range(len(expected.keys)):
        np.testing.assert_array_equal(found.keys[level], expected.keys[level])
        np.testing.assert_array_equal(found.counts[level], expected.counts[level])
