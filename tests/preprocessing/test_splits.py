"""Splits: stratified, seeded, never tearing duplicates apart."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.splits import (
    SplitError,
    check_disjoint,
    content_hashes,
    stratified_split,
)

FRACTIONS = {"train": 0.5, "calibration": 0.25, "test": 0.25}


def split(labels, contents=None, fractions=FRACTIONS, seed=0):
    return stratified_split(
        labels, contents or [str(i) for i in range(len(labels))], fractions, seed
    )


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    shares=st.lists(st.integers(1, 8), min_size=3, max_size=3),
    seed=st.integers(0, 5),
)
def test_a_share_of_a_class_is_rounded_up_or_down(counts, shares, seed):
    labels = [str(label) for label, count in enumerate(counts) for _ in range(count)]
    fractions = dict(zip(FRACTIONS, (share / sum(shares) for share in shares), strict=True))
    try:
        splits = split(labels, fractions=fractions, seed=seed)
    except SplitError:
        assume(False)
    for label, count in enumerate(counts):
        found = Counter(splits[np.array(labels) == str(label)])
        for name, fraction in fractions.items():
            assert abs(found[name] - fraction * count) < 1 + 1e-6


@given(data=st.data())
def test_equal_contents_share_a_split(data):
    count = data.draw(st.integers(20, 60))
    contents = data.draw(st.lists(st.sampled_from("abcdefghij"), min_size=count, max_size=count))
    labels = data.draw(st.lists(st.sampled_from("xyz"), min_size=count, max_size=count))
    try:
        splits = split(labels, contents, seed=data.draw(st.integers(0, 5)))
    except SplitError:
        assume(False)
    where = defaultdict(set)
    for content, name in zip(contents, splits, strict=True):
        where[content].add(name)
    assert all(len(names) == 1 for names in where.values())
    check_disjoint([str(i) for i in range(count)], contents, splits.tolist())


def test_rare_classes_together_keep_the_proportions():
    splits = split([str(label) for label in range(100)])
    assert Counter(splits) == {"train": 50, "calibration": 25, "test": 25}


def test_the_seed_decides_and_nothing_else():
    labels = ["a"] * 40 + ["b"] * 60
    assert np.array_equal(split(labels), split(labels))
    assert not np.array_equal(split(labels), split(labels, seed=1))


def test_neighbors_do_not_stay_together():
    splits = split(["a"] * 1000)
    assert Counter(splits[:500])["train"] == pytest.approx(250, abs=50)


def test_too_few_items_are_refused_by_the_split_that_stays_empty():
    with pytest.raises(
        SplitError, match=r"2 items .* the split 'test' would stay empty at .* 0.25"
    ):
        split(["a", "a"])


def test_too_few_contents_are_refused():
    with pytest.raises(SplitError, match="100 items with 2 different contents"):
        split(["a"] * 100, ["x", "y"] * 50)


class TestCheckDisjoint:
    def test_disjoint_splits_pass(self):
        check_disjoint(["a", "b", "c"], ["1", "1", "2"], ["train", "train", "test"])

    def test_a_content_in_two_splits_is_named(self):
        with pytest.raises(SplitError, match="'a' in train and 'c' in test have the same content"):
            check_disjoint(["a", "b", "c"], ["1", "2", "1"], ["train", "train", "test"])

    def test_an_id_in_two_splits_is_named(self):
        with pytest.raises(SplitError, match="'a' appears twice: in train and in test"):
            check_disjoint(["a", "a"], ["1", "2"], ["train", "test"])


def test_contents_are_equal_where_the_bytes_are():
    array = np.array([[1, 2], [3, 4], [1, 2]], np.uint8)
    first, second, third = content_hashes(array)
    assert first == third != second
    assert content_hashes(np.asfortranarray(array)) == [first, second, third]


class TestFractions:
    def test_must_sum_to_one(self):
        SplitFractions(train=0.7, calibration=0.1, test=0.2)
        with pytest.raises(ValidationError, match=r"is 0\.9; it must be 1"):
            SplitFractions(train=0.5, calibration=0.2, test=0.2)

    @pytest.mark.parametrize("share", [0.0, -0.1, 1.0, "0.5"])
    def test_must_be_shares(self, share):
        with pytest.raises(ValidationError, match="test"):
            SplitFractions(train=0.5, calibration=0.5, test=share)
