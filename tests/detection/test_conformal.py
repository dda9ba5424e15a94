import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kizu.detection.conformal import conformal_p_values, conformal_threshold

# Few distinct values, so that ties are common.
SCORES = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=60)
# Decimal rates, as a person writes them in a parameter file.
RATES = st.integers(1, 99).map(lambda percent: percent / 100)


def test_threshold_is_the_published_order_statistic():
    scores = np.random.default_rng(0).permutation(99).astype(float)
    # ceil(100 * 0.95) = 95th smallest of 0, 1, …, 98.
    assert conformal_threshold(scores, 0.05) == 94.0


@pytest.mark.parametrize(
    ("rate", "count", "rank"), [(0.07, 99, 93), (0.9, 9, 1), (0.58, 99, 42), (0.1, 9, 9)]
)
def test_rank_is_computed_in_exact_arithmetic(rate, count, rank):
    # (n + 1)(1 - rate) is an integer here, which binary floating point misses for some rates.
    assert conformal_threshold(np.arange(1.0, count + 1), rate) == rank


@given(calibration=SCORES, scores=SCORES, rate=RATES)
def test_threshold_and_p_values_flag_the_same_samples(calibration, scores, rate):
    assume((len(calibration) + 1) * Fraction(str(rate)) >= 1)
    above = np.asarray(scores) > conformal_threshold(calibration, rate)
    np.testing.assert_array_equal(above, conformal_p_values(calibration, scores) <= rate)


@given(calibration=SCORES, scores=SCORES)
def test_p_values_count_by_definition(calibration, scores):
    expected = [
        (1 + sum(c >= score for c in calibration)) / (len(calibration) + 1) for score in scores
    ]
    np.testing.assert_array_equal(conformal_p_values(calibration, scores), expected)


@given(pool=st.lists(st.integers(-4, 4).map(float), min_size=2, max_size=40), rate=RATES)
def test_exchangeable_samples_are_flagged_at_most_at_the_target_rate(pool, rate):
    """Every sample of the pool in turn is the new one: the exact average over exchanges."""
    assume(len(pool) * Fraction(str(rate)) >= 1)
    flagged = sum(
        pool[new] > conformal_threshold(pool[:new] + pool[new + 1 :], rate)
        for new in range(len(pool))
    )
    assert Fraction(flagged, len(pool)) <= Fraction(str(rate))


def test_distinct_exchangeable_samples_are_flagged_exactly_at_an_attainable_rate():
    pool = list(map(float, range(20)))
    flagged = [
        new
        for new in range(20)
        if pool[new] > conformal_threshold(pool[:new] + pool[new + 1 :], 0.1)
    ]
    assert flagged == [18, 19]


def test_p_values_of_normal_samples_are_superuniform_for_continuous_scores():
    random = np.random.default_rng(0)
    p_values = np.concatenate(
        [conformal_p_values(random.normal(size=49), random.normal(size=20)) for _ in range(2000)]
    )
    for rate in (0.02, 0.1, 0.5):
        assert np.mean(p_values <= rate) == pytest.approx(rate, abs=0.01)


def test_too_few_scores_name_count_rate_and_minimum():
    with pytest.raises(ValueError, match=r"18 calibration scores .* 0\.05: at least 19"):
        conformal_threshold(np.zeros(18), 0.05)
    assert conformal_threshold(np.arange(19.0), 0.05) == 18.0


@given(percent=st.integers(1, 99))
def test_named_minimum_is_the_minimum(percent):
    minimum = math.ceil(Fraction(100, percent)) - 1
    conformal_threshold(np.zeros(max(minimum, 1)), percent / 100)
    if minimum > 1:
        with pytest.raises(ValueError, match=f"at least {minimum} are"):
            conformal_threshold(np.zeros(minimum - 1), percent / 100)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, math.nan])
def test_rate_out_of_range(rate):
    with pytest.raises(ValueError, match=r"false_positive_rate must lie in \(0, 1\)"):
        conformal_threshold([1.0], rate)


def test_bad_scores():
    with pytest.raises(ValueError, match="calibration_scores must be numbers, got NaN at row 1"):
        conformal_p_values([0.0, math.nan], [0.0])
    with pytest.raises(ValueError, match="scores must be one-dimensional"):
        conformal_p_values([0.0], [[0.0]])
    with pytest.raises(ValueError, match="at least one score"):
        conformal_p_values([], [0.0])


def test_infinite_scores_are_ordered_like_any_other():
    assert conformal_p_values([0.0, math.inf], [math.inf, -math.inf]).tolist() == [2 / 3, 1.0]
