"""The source's own test split: kept as it is, and nothing leaks into it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.splits import (
    EXCLUDED,
    SplitError,
    check_disjoint,
    official_split,
    stratified_split,
)

FRACTIONS = {"train": 0.6, "calibration": 0.2, "test": 0.2}


def split(labels, contents, own, seed=0):
    return official_split(labels, contents, own, FRACTIONS, seed)


def test_the_test_split_stays_and_the_rest_is_divided_in_proportion():
    labels = ["a", "b"] * 60
    own = ["train"] * 80 + ["test"] * 40
    splits = split(labels, list(map(str, range(120))), own)
    assert set(splits[80:]) == {"test"}
    counts = Counter(zip(labels[:80], splits[:80], strict=True))
    assert counts == {
        (label, name): count
        for label in "ab"
        for name, count in (("train", 30), ("calibration", 10))
    }


def test_an_item_that_is_in_the_official_test_split_too_is_excluded():
    contents = ["1", "2", "3", "4", "1", "5", "1"]
    own = ["train", "train", "train", "train", "test", "test", ""]
    splits = split(list("aaaaaaa"), contents, own)
    assert splits[[0, 6]].tolist() == [EXCLUDED] * 2
    assert splits[4:6].tolist() == ["test"] * 2
    assert set(splits[1:4]) == {"train", "calibration"}
    check_disjoint(list("abcdefg"), contents, splits.tolist())


@given(data=st.data())
def test_no_content_is_on_both_sides_and_nothing_is_lost(data):
    count = data.draw(st.integers(8, 40))
    contents = data.draw(st.lists(st.sampled_from("abcdefgh"), min_size=count, max_size=count))
    own = data.draw(
        st.lists(st.sampled_from(["train", "test", ""]), min_size=count, max_size=count)
    )
    try:
        splits = split(["x"] * count, contents, own)
    except SplitError:
        assume(False)
    assert len(splits) == count
    assert [s == "test" for s in splits] == [o == "test" for o in own]
    check_disjoint(list(map(str, range(count))), contents, splits.tolist())
    in_test = set(np.array(contents)[splits == "test"])
    assert all(
        (c in in_test) == (s in ("test", EXCLUDED)) for c, s in zip(contents, splits, strict=True)
    )


def test_a_source_without_a_test_split_is_refused():
    with pytest.raises(SplitError, match=r"split\.official is true, but the source has no test"):
        split(["a"] * 9, list("abcdefghi"), [""] * 9)


def test_an_unknown_split_is_named():
    with pytest.raises(SplitError, match="'valid'"):
        split(["a"] * 3, list("abc"), ["train", "valid", "test"])


def test_the_parameters_choose():
    labels, contents = ["a"] * 20, list(map(str, range(20)))
    own = ["train"] * 15 + ["test"] * 5
    drawn = SplitFractions(**FRACTIONS)
    kept = SplitFractions(**FRACTIONS, official=True)
    assert (
        drawn.assign(labels, contents, own, 3).tolist()
        == stratified_split(labels, contents, FRACTIONS, 3).tolist()
    )
    assert (
        kept.assign(labels, contents, own, 3).tolist() == split(labels, contents, own, 3).tolist()
    )
    assert drawn.model_dump() == kept.model_dump() == FRACTIONS
