import numpy as np
import pytest

from kizu.detection.combination import combined_p_values
from kizu.detection.conformal import conformal_p_values


def by_definition(calibration, item):
    """The p-value of one item, ranks and statistics counted one by one."""
    together = np.vstack([calibration, item])
    size = len(together)
    ranks = np.array([[(column >= value).sum() for value in column] for column in together.T])
    statistics = -np.log(ranks / size).sum(axis=0)
    return np.count_nonzero(statistics >= statistics[-1] - 1e-9) / size


@pytest.mark.parametrize("ties", [False, True])
def test_equals_its_definition(ties):
    random = np.random.default_rng(0)
    calibration, new = random.normal(size=(23, 3)), random.normal(0.5, 2, size=(40, 3))
    if ties:
        calibration, new = calibration.round(), new.round()
    expected = [by_definition(calibration, item) for item in new]
    np.testing.assert_allclose(combined_p_values(calibration, new), expected, rtol=1e-12)


def test_one_detector_keeps_its_p_values():
    random = np.random.default_rng(1)
    calibration, new = random.normal(size=50), random.normal(size=70)
    np.testing.assert_allclose(
        combined_p_values(calibration[:, np.newaxis], new[:, np.newaxis]),
        conformal_p_values(calibration, new),
    )


def test_detectors_that_agree_do_not_count_twice():
    """Fisher's own distribution would call the same evidence, said twice, stronger."""
    random = np.random.default_rng(2)
    calibration, new = random.normal(size=(99, 1)), random.normal(size=(200, 1))
    np.testing.assert_allclose(
        combined_p_values(calibration.repeat(4, axis=1), new.repeat(4, axis=1)),
        combined_p_values(calibration, new),
    )


def test_normal_items_are_flagged_as_often_as_promised():
    random = np.random.default_rng(3)
    flagged = []
    for _ in range(60):
        # Two detectors that agree in part.
        shared = random.normal(size=(139, 1))
        scores = shared + random.normal(size=(139, 2))
        flagged.append(combined_p_values(scores[:99], scores[99:]) <= 0.1)
    # 60 calibration sets of 99: one standard deviation of the mean is about 0.006.
    assert abs(np.mean(flagged) - 0.1) < 0.025


def test_infinite_scores_are_ranked():
    calibration = np.array([[-np.inf, 0.0], [1.0, np.inf], [2.0, 3.0]])
    new = np.array([[np.inf, np.inf], [-np.inf, -np.inf]])
    expected = [by_definition(calibration, item) for item in new]
    np.testing.assert_allclose(combined_p_values(calibration, new), expected)


@pytest.mark.parametrize(
    ("calibration", "new", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 1)), r"shapes \(3, 2\) and \(3, 1\)"),
        (np.zeros((0, 2)), np.zeros((3, 2)), "at least one item"),
        (np.zeros((3, 0)), np.zeros((3, 0)), "at least one detector"),
        (np.zeros((3, 2)), np.array([[0, np.nan]]), "scores must be numbers, got NaN at row 0"),
    ],
)
def test_bad_scores(calibration, new, message):
    with pytest.raises(ValueError, match=message):
        combined_p_values(calibration, new)
