"""What chance makes of a target false-positive rate."""

import numpy as np
import pytest

from kizu.detection.conformal import conformal_threshold
from kizu.evaluation.false_positive_band import false_positive_band


@pytest.mark.parametrize(("target", "count"), [(0.1, 49), (0.3, 9), (0.05, 199)])
def test_the_band_holds_as_often_as_it_says(target, count):
    random = np.random.default_rng(0)
    low, high = false_positive_band(count, 80, target)
    rates = [
        (random.gamma(2, size=80) > conformal_threshold(random.gamma(2, size=count), target)).mean()
        for _ in range(2000)
    ]
    inside = np.mean([low <= rate <= high for rate in rates])
    # The numbers are whole, so the band holds a little more than 95%.
    assert 0.945 <= inside <= 0.985


def test_what_the_calibration_cannot_promise_is_never_flagged():
    assert false_positive_band(18, 100, 0.05) == (0, 0)
    assert false_positive_band(19, 100, 0.05)[1] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 10, 1.0), r"target must lie in \(0, 1\), got 1.0"),
        ((0, 10, 0.1), "must be at least 1, got 0 and 10"),
        ((10, 0, 0.1), "must be at least 1, got 10 and 0"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        false_positive_band(*arguments)
