"""Counts and summaries of the values of images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kizu.preprocessing.image_values import count_values, summarize_values


@given(images=arrays.arrays(np.uint8, st.tuples(*[st.integers(1, 4)] * 4)))
def test_counts_and_summary_are_those_of_numpy(images):
    counts = count_values(images)
    assert counts.shape == (images.shape[1], 256)
    for channel in range(images.shape[1]):
        values, expected = np.unique(images[:, channel], return_counts=True)
        assert np.array_equal(counts[channel][values], expected)
    assert counts.sum() == images.size
    summary = summarize_values(counts)
    assert summary["minimum"] == images.min()
    assert summary["maximum"] == images.max()
    assert summary["mean"] == pytest.approx(images.mean())
    assert summary["standard_deviation"] == pytest.approx(images.std(), abs=1e-9)
