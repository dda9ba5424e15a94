"""False discoveries in a batch."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from kizu.detection.conformal import conformal_p_values
from kizu.detection.multiple_testing import benjamini_hochberg


@given(st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.5, 1.0])), max_size=40))
def test_agrees_with_scipy(p_values):
    expected = false_discovery_control(p_values) if p_values else []
    np.testing.assert_allclose(benjamini_hochberg(p_values), expected, rtol=1e-12)


@given(st.integers(1, 400), st.integers(1, 300), st.sampled_from([20, 100, 101, 250, 1000]))
def test_what_reaches_a_rate_exactly_is_flagged(count, rank, denominator):
    """In fractions the p-value of that rank is adjusted to 1/20, a float64 may round above it."""
    level = Fraction(1, 20) * Fraction(min(rank, count), count)
    assume((level * denominator).denominator == 1)
    rest = np.ones(count - min(rank, count))
    p_values = np.concatenate([np.full(min(rank, count), float(level)), rest])
    assert np.count_nonzero(benjamini_hochberg(p_values) <= 0.05) == min(rank, count)


def test_share_of_false_alarms_among_the_flagged_is_held():
    """Conformal p-values of one calibration set a batch: dependent, and still held on average."""
    random = np.random.default_rng(0)
    shares, found = [], []
    for _ in range(300):
        scores = np.concatenate([random.normal(size=80), random.normal(4, 1, size=20)])
        p_values = conformal_p_values(random.normal(size=400), scores)
        flagged = benjamini_hochberg(p_values) <= 0.2
        shares.append(flagged[:80].sum() / max(1, flagged.sum()))
        found.append(flagged[80:].mean())
    # 0.2 times the share of normal items; three standard errors around it.
    assert abs(np.mean(shares) - 0.16) < 3 * np.std(shares) / np.sqrt(300)
    assert np.mean(found) > 0.9


@pytest.mark.parametrize(
    ("p_values", "message"),
    [
        ([[0.1]], r"one-dimensional, got shape \(1, 1\)"),
        ([0.1, 1.5], "got 1.5 at row 1"),
        ([0.1, np.nan], "got nan at row 1"),
    ],
)
def test_bad_p_values_are_refused(p_values, message):
    with pytest.raises(ValueError, match=message):
        benjamini_hochberg(p_values)
