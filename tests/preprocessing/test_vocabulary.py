"""Vocabularies and numbers."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.vocabulary import (
    Vocabulary,
    VocabularyError,
    build_vocabulary,
    numericalize,
    pad,
)

DOCUMENTS = st.lists(st.lists(st.sampled_from("abcdefg") | st.just("<unk>"), max_size=9))


def test_frequent_tokens_come_first_and_equal_ones_by_name():
    vocabulary = build_vocabulary([["b", "c", "a"], ["c", "z", "b"]], min_frequency=1)
    assert vocabulary.tokens == ("<unk>", "<pad>", "b", "c", "a", "z")
    assert vocabulary.counts == (0, 0, 2, 2, 1, 1)


def test_rare_tokens_and_those_beyond_the_size_are_unknown():
    documents = [["a"] * 5, ["b"] * 3, ["c"] * 2, ["d"]]
    assert build_vocabulary(documents, min_frequency=2).tokens[2:] == ("a", "b", "c")
    small = build_vocabulary(documents, min_frequency=2, max_size=4)
    assert small.tokens[2:] == ("a", "b")
    assert small.counts[0] == 3


@given(DOCUMENTS, st.integers(1, 3), st.none() | st.integers(3, 6))
def test_against_plain_counting(documents, least, size):
    vocabulary = build_vocabulary(documents, min_frequency=least, max_size=size)
    counts = Counter(token for document in documents for token in document)
    del counts["<unk>"]
    assert sum(vocabulary.counts) == counts.total()
    assert size is None or len(vocabulary) <= size
    assert all(counts[token] >= least for token in vocabulary.tokens[2:])
    numbers, lengths = numericalize(documents, vocabulary)
    flat = [token for document in documents for token in document]
    assert lengths.tolist() == [len(document) for document in documents]
    assert [vocabulary.tokens[number] for number in numbers] == [
        token if token in vocabulary.tokens[2:] else "<unk>" for token in flat
    ]


@given(DOCUMENTS, st.integers(1, 12))
def test_rows_hold_the_starts_of_documents(documents, width):
    vocabulary = build_vocabulary(documents)
    rows = pad(*numericalize(documents, vocabulary), width)
    assert rows.shape == (len(documents), width)
    assert rows.dtype == np.int32
    for row, document in zip(rows, documents, strict=True):
        expected = [vocabulary.numbers.get(token, 0) for token in document][:width]
        assert row.tolist() == expected + [1] * (width - len(expected))


def test_it_is_saved_and_read():
    vocabulary = build_vocabulary([["傷", "a", "a"]])
    assert Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json()))) == vocabulary


@pytest.mark.parametrize("tokens", [["a", "b"], ["<pad>", "<unk>"], ["<unk>", "<pad>", "a", "a"]])
def test_what_is_no_vocabulary_is_refused(tokens):
    with pytest.raises(VocabularyError, match="begins with <unk> and <pad>"):
        Vocabulary.from_json({"tokens": tokens, "counts": [0] * len(tokens)})
