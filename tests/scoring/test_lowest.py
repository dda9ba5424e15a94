"""The most anomalous of many items, kept while they go by."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kizu.scoring.lowest import Lowest

P_VALUES = st.sampled_from([0.1, 0.2, 0.3, 0.4, 1.0])


@given(st.lists(P_VALUES, max_size=40), st.integers(1, 6), P_VALUES)
def test_those_are_kept_that_a_stable_sort_puts_first(p_values, count, highest):
    lowest: Lowest[int] = Lowest(count)
    for place, p_value in enumerate(p_values):
        lowest.offer(p_value, place, lambda place=place: place)
    order = np.argsort(p_values, kind="stable")[:count].tolist()
    assert [kept.item for kept in lowest.found()] == order
    found = [kept.item for kept in lowest.found(highest)]
    assert found == [place for place in order if p_values[place] <= highest]


def test_what_repeats_is_one_and_counted():
    lowest: Lowest[str] = Lowest(2)
    made = []

    def make(name):
        return lambda: made.append(name) or name

    for p_value, name in [(0.2, "a"), (0.1, "b"), (0.1, "b"), (0.2, "a"), (0.2, "c"), (0.1, "b")]:
        lowest.offer(p_value, name, make(name))
    assert [(kept.item, kept.alike) for kept in lowest.found()] == [("b", 2), ("a", 1)]
    assert made == ["a", "b"]
