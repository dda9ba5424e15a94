"""The numbers behind the charts."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_curve

from kizu.reporting.series import (
    DetectorScores,
    histogram_edges,
    histogram_shares,
    history_series,
    plain_words,
    roc_points,
)

groups = hnp.arrays(np.float64, st.integers(0, 40), elements=st.floats(-1e6, 1e6) | st.just(np.inf))


@given(normal=groups, anomalous=groups, threshold=st.floats(-1e6, 1e6) | st.just(np.inf))
def test_histograms_cover_the_threshold_and_count_every_finite_score(
    normal: np.ndarray, anomalous: np.ndarray, threshold: float
) -> None:
    edges = histogram_edges(DetectorScores(normal, anomalous, threshold))
    assert np.all(np.diff(edges) > 0)
    if np.isfinite(threshold):
        assert edges[0] <= threshold <= edges[-1]
    expected = 1.0 if np.isfinite(normal).any() else 0.0
    assert histogram_shares(normal, edges).sum() == pytest.approx(expected)


def test_history_series_leaves_out_missing_and_non_finite_values() -> None:
    rows = [{"step": 1, "loss": 3.0}, {"step": 2}, {"step": 3, "loss": float("nan")}]
    assert history_series(rows, "loss") == ([1], [3.0])


def test_one_extreme_score_does_not_flatten_the_rest() -> None:
    anomalous = np.append(np.linspace(2, 3, 999), 1e9)
    edges = histogram_edges(DetectorScores(np.linspace(0, 1, 99), anomalous, threshold=1.5))
    assert edges[-1] < 4
    assert histogram_shares(anomalous, edges)[-1] > 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_roc_points_are_those_of_scikit_learn(items: list[tuple[bool, int]]) -> None:
    is_anomaly, scores = (np.array(column) for column in zip(*items, strict=True))
    assume(0 < is_anomaly.sum() < len(items))
    false_positive, true_positive = roc_points(is_anomaly, scores)
    expected = roc_curve(is_anomaly, scores, drop_intermediate=False)
    np.testing.assert_allclose(false_positive, expected[0])
    np.testing.assert_allclose(true_positive, expected[1])


def test_keys_become_words() -> None:
    assert plain_words("test_loss") == "test loss"
    assert plain_words("pixel_neighbors.auroc") == "pixel neighbors: AUROC"
