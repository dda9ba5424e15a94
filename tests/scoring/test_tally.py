"""What a person is told of new data."""

import copy

import pytest

from kizu.detection.drift import Drift
from kizu.scoring.score_path import score_path
from kizu.scoring.tally import Tally

MOVED = Drift(ks_statistic=0.9, ks_p_value=1e-9, psi=2.0, verdict="drift")
STABLE = Drift(ks_statistic=0.1, ks_p_value=0.9, psi=0.01, verdict="stable")


@pytest.mark.parametrize(
    ("lower", "told"),
    [
        (set(), ["isolation forest and kNN do not look like"]),
        ({"neighbors"}, ["isolation forest do not look like", "kNN are lower than"]),
        ({"forest", "neighbors"}, ["isolation forest and kNN are lower than"]),
    ],
)
def test_scores_that_fell_are_no_sign_of_anomalies(lower, told):
    drift = {"forest": MOVED, "covariance": STABLE, "neighbors": MOVED}
    tally = Tally("row", "The rule.", scored=40, drift=drift, lower=lower)
    first, *sentences = tally.sentences()
    assert first.startswith("40 rows scored")
    for sentence, part in zip(sentences, told, strict=True):
        assert part in sentence


@pytest.mark.parametrize(("shift", "fell"), [(1e9, True), (-1e9, False)])
def test_which_scores_fell_is_measured(shift, fell, train, tmp_path):
    trained = train("tables")
    scorer = copy.copy(trained.scorer)
    scorer.judge = copy.copy(scorer.judge)
    scorer.judge.calibration = scorer.judge.calibration + shift
    tally = score_path(scorer, trained.source, tmp_path / "out")
    assert tally.lower == (set(scorer.judge.detectors) if fell else set())
