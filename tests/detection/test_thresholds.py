"""Target rates against achieved ones."""

import numpy as np
import pytest

from kizu.detection.conformal import conformal_p_values, conformal_threshold
from kizu.detection.thresholds import sweep_targets
from kizu.evaluation.detection import threshold_rates

TARGETS = [0.004, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9]


def draw(seed, normal=300, shift=0.0):
    random = np.random.default_rng(seed)
    calibration = random.gamma(2, size=199)
    is_anomaly = np.repeat([0, 1], [normal, 50])
    scores = random.gamma(2, size=normal + 50) + shift + 3 * is_anomaly
    return calibration, is_anomaly, scores


def test_rates_are_those_of_the_conformal_threshold():
    calibration, is_anomaly, scores = draw(0)
    p_values = conformal_p_values(calibration, scores)
    rows = sweep_targets(is_anomaly, p_values, len(calibration), TARGETS)
    assert [row.target for row in rows] == TARGETS
    # 199 scores promise nothing below 1 / 200.
    assert rows[0][1:] == (0, 0, 0, 0)
    for row in rows[1:]:
        threshold = conformal_threshold(calibration, row.target)
        expected = threshold_rates(is_anomaly, scores, threshold)
        assert row.false_positive_rate == pytest.approx(expected.false_positive_rate)
        assert row.true_positive_rate == pytest.approx(expected.true_positive_rate)
        assert row.low <= row.target <= row.high


def test_band_holds_as_often_as_it_says():
    inside = []
    for seed in range(400):
        calibration, is_anomaly, scores = draw(seed, normal=100)
        p_values = conformal_p_values(calibration, scores)
        (row,) = sweep_targets(is_anomaly, p_values, len(calibration), [0.1])
        inside.append(row.low <= row.false_positive_rate <= row.high)
    # The numbers are whole, so the band holds a little more than 95%.
    assert 0.93 <= np.mean(inside) <= 0.99


def test_drift_leaves_the_band():
    calibration, is_anomaly, scores = draw(0, shift=1.0)
    p_values = conformal_p_values(calibration, scores)
    (row,) = sweep_targets(is_anomaly, p_values, len(calibration), [0.1])
    assert row.false_positive_rate > row.high


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"targets must lie in \(0, 1\), got 1"):
        sweep_targets([0, 1], [0.5, 0.5], 10, [1])
    with pytest.raises(ValueError, match="must hold both 0 and 1"):
        sweep_targets([0, 0], [0.5, 0.5], 10, [0.1])
    with pytest.raises(ValueError, match="one length"):
        sweep_targets([0, 1], [0.5], 10, [0.1])
