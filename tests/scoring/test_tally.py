"""What a person is told of new data."""

import copy

import numpy as np
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


@pytest.mark.parametrize(
    ("between", "fell"),
    [
        ((1e9, 2e9), True),
        ((-2e9, -1e9), False),
        # Most scores are below those of the calibration, and the highest above: anomalies.
        ((0.6, 0.7), False),
    ],
)
def test_which_scores_fell_is_measured(between, fell, train, tmp_path):
    trained = train("tables")
    scorer = copy.copy(trained.scorer)
    scorer.judge = copy.copy(scorer.judge)
    table = scorer.score(trained.source)
    columns = [f"{name}.score" for name in scorer.judge.detectors]
    if 0 < between[1] < 1:
        ends = [table[columns].quantile(share).to_numpy() for share in between]
    else:
        ends = [np.full(len(columns), end) for end in between]
    shape = scorer.judge.calibration.shape
    scorer.judge.calibration = np.linspace(*ends, num=shape[0])
    tally = score_path(scorer, trained.source, tmp_path / "out")
    assert tally.lower == (set(scorer.judge.detectors) if fell else set())
