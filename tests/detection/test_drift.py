"""Drift of scores away from those of the calibration."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from kizu.detection.drift import population_stability_index, score_drift


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_exchangeable_scores_are_stable(random):
    verdicts = [
        score_drift(random.normal(size=200), random.normal(size=300)).verdict for _ in range(200)
    ]
    assert set(verdicts) <= {"stable", "moderate drift"}
    assert verdicts.count("stable") >= 196


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.05, "stable"), (0.4, "moderate drift"), (1.0, "drift")]
)
def test_shifts(random, shift, verdict):
    calibration, new = random.normal(size=1000), random.normal(size=1000) + shift
    drift = score_drift(calibration, new)
    assert drift.verdict == verdict
    expected = ks_2samp(calibration, new)
    assert drift.ks_statistic == expected.statistic
    assert drift.ks_p_value == expected.pvalue


def test_few_scores_say_nothing(random):
    assert score_drift(random.normal(size=1000), np.full(29, 9.0)).verdict == "too few"


def test_psi_of_known_shares():
    expected = np.repeat(np.arange(10.0), 1000)
    # The same upper half; the lower one all at its lowest value.
    found = np.repeat(np.arange(10.0), [5000, 0, 0, 0, 0, 1000, 1000, 1000, 1000, 1000])
    p = np.array([0, *[1000] * 10]) + 0.5
    q = np.array([0, 5000, 0, 0, 0, 0, *[1000] * 5]) + 0.5
    p, q = p / p.sum(), q / q.sum()
    # A bin a value, and an empty one below the lowest.
    assert population_stability_index(expected, found) == pytest.approx(
        ((q - p) * np.log(q / p)).sum()
    )
    assert population_stability_index(expected, expected) == 0


@pytest.mark.parametrize("moved", [-1.0, 1.0])
def test_psi_sees_constant_scores_move(moved):
    constant = np.full(50, 3.0)
    assert population_stability_index(constant, constant) == 0
    assert population_stability_index(constant, constant + moved) > 1


def test_psi_ignores_order_preserving_maps(random):
    calibration, new = random.gamma(2, size=100), random.gamma(3, size=80)
    assert population_stability_index(np.log(calibration), np.log(new)) == pytest.approx(
        population_stability_index(calibration, new)
    )


def test_bad_scores_are_refused():
    with pytest.raises(ValueError, match="calibration_scores must be a vector"):
        score_drift([], [1.0])
    with pytest.raises(ValueError, match="new_scores must be finite, got nan"):
        score_drift([1.0], [np.nan])
