"""Splitting by time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.chronological import chronological_split
from kizu.preprocessing.splits import SplitError

FRACTIONS = {"train": 0.5, "calibration": 0.25, "test": 0.25}


@given(st.permutations(range(23)))
def test_all_of_a_split_is_before_all_of_the_next(positions):
    positions = np.array(positions)
    splits = chronological_split(positions, FRACTIONS)
    parts = [positions[splits == name] for name in FRACTIONS]
    assert [len(part) for part in parts] == [12, 5, 6]
    assert parts[0].max() < parts[1].min()
    assert parts[1].max() < parts[2].min()


def test_the_rows_may_be_in_any_order():
    assert chronological_split(np.array([30, 10, 40, 20]), FRACTIONS).tolist() == [
        "calibration",
        "train",
        "test",
        "train",
    ]


def test_too_few_are_refused():
    with pytest.raises(SplitError, match="2 items are too few: the split 'test'"):
        chronological_split(np.arange(2), FRACTIONS)
