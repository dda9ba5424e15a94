import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from kizu.evaluation import detection
from kizu.evaluation.detection import (
    auroc,
    average_precision,
    bootstrap_intervals,
    detection_metrics,
    partial_auroc,
    threshold_rates,
    weighted_auroc,
)


def drawn(seed, normal=60, anomalous=30, decimals=1):
    """Overlapping scores, rounded so that many of them tie."""
    random = np.random.default_rng(seed)
    is_anomaly = np.repeat([0, 1], [normal, anomalous])
    scores = np.round(random.normal(is_anomaly.astype(float), 1), decimals)
    order = random.permutation(len(scores))
    return is_anomaly[order], scores[order]


def test_auroc_is_the_share_of_pairs_ranked_right_with_ties_counting_half():
    is_anomaly, scores = drawn(0)
    pairs = [
        (high > low) + 0.5 * (high == low)
        for high in scores[is_anomaly == 1]
        for low in scores[is_anomaly == 0]
    ]
    assert auroc(is_anomaly, scores) == pytest.approx(np.mean(pairs))


def test_multiplicities_count_as_repeated_samples():
    random = np.random.default_rng(0)
    positives, negatives = random.integers(0, 4, size=(2, 3, 6))
    scores = np.arange(6, 0, -1)
    for row, found in enumerate(weighted_auroc(positives, negatives)):
        anomalous, normal = np.repeat(scores, positives[row]), np.repeat(scores, negatives[row])
        labels = np.repeat([1, 0], [len(anomalous), len(normal)])
        assert found == pytest.approx(auroc(labels, np.concatenate([anomalous, normal])))


def test_perfect_inverted_and_constant_scores():
    is_anomaly = np.array([0, 0, 0, 1])
    assert auroc(is_anomaly, [1, 2, 3, 4]) == 1
    assert auroc(is_anomaly, [4, 3, 2, 1]) == 0
    assert auroc(is_anomaly, [7, 7, 7, 7]) == 0.5
    assert partial_auroc(is_anomaly, [1, 2, 3, 4]) == 1
    assert partial_auroc(is_anomaly, [7, 7, 7, 7]) == pytest.approx(0.5)
    assert average_precision(is_anomaly, [1, 2, 3, 4]) == 1
    assert average_precision(is_anomaly, [7, 7, 7, 7]) == 0.25


@given(seed=st.integers(0, 2**32 - 1), threshold=st.floats(-3, 3))
def test_rates_at_a_threshold_agree_with_scikit_learn(seed, threshold):
    is_anomaly, scores = drawn(seed)
    flagged = scores > threshold

    rates = threshold_rates(is_anomaly, scores, threshold)

    assert rates.f1 == pytest.approx(metrics.f1_score(is_anomaly, flagged))
    assert rates.precision == pytest.approx(
        metrics.precision_score(is_anomaly, flagged, zero_division=0)
    )
    assert rates.true_positive_rate == pytest.approx(metrics.recall_score(is_anomaly, flagged))
    assert rates.false_positive_rate == pytest.approx(np.mean(flagged[is_anomaly == 0]))


def test_a_score_at_the_threshold_is_not_flagged():
    assert threshold_rates([0, 1], [1.0, 1.0], 1.0).true_positive_rate == 0
    assert threshold_rates([0, 1], [0.0, 1.0], np.inf).precision == 0


def naive_bootstrap(is_anomaly, scores, threshold, limit, replicates, seed):
    """Resample as the module does, and ask scikit-learn for every replicate."""
    strata = [np.flatnonzero(is_anomaly == 1), np.flatnonzero(is_anomaly == 0)]
    streams = np.random.default_rng(seed).spawn(2)
    draws = [
        stratum[stream.integers(len(stratum), size=(replicates, len(stratum)))]
        for stratum, stream in zip(strata, streams, strict=True)
    ]
    values = {name: [] for name in ("auroc", "aupr", "partial_auroc", "f1", "precision")}
    values |= {"true_positive_rate": [], "false_positive_rate": []}
    for rows in np.concatenate(draws, axis=1):
        truth, resampled = is_anomaly[rows], scores[rows]
        flagged = resampled > threshold
        values["auroc"].append(metrics.roc_auc_score(truth, resampled))
        values["aupr"].append(metrics.average_precision_score(truth, resampled))
        values["partial_auroc"].append(metrics.roc_auc_score(truth, resampled, max_fpr=limit))
        values["f1"].append(metrics.f1_score(truth, flagged))
        values["precision"].append(metrics.precision_score(truth, flagged, zero_division=0))
        values["true_positive_rate"].append(np.mean(flagged[truth == 1]))
        values["false_positive_rate"].append(np.mean(flagged[truth == 0]))
    return {name: np.quantile(value, [0.025, 0.975]) for name, value in values.items()}


@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("limit", [0.1, 0.03, 1.0])
def test_bootstrap_agrees_with_a_loop_over_replicates(decimals, limit):
    is_anomaly, scores = drawn(3, decimals=decimals)

    intervals = bootstrap_intervals(
        is_anomaly, scores, 1.0, max_false_positive_rate=limit, replicates=60, seed=5
    )

    expected = naive_bootstrap(is_anomaly, scores, 1.0, limit, replicates=60, seed=5)
    assert set(intervals) == set(expected)
    for name, interval in intervals.items():
        np.testing.assert_allclose(interval, expected[name], rtol=1e-12, err_msg=name)


def test_bootstrap_does_not_depend_on_how_many_replicates_are_held_at_once(monkeypatch):
    is_anomaly, scores = drawn(1)
    whole = bootstrap_intervals(is_anomaly, scores, 1.0, replicates=50)
    monkeypatch.setattr(detection, "_RESAMPLED_AT_ONCE", 7 * len(np.unique(scores)))
    assert bootstrap_intervals(is_anomaly, scores, 1.0, replicates=50) == whole


def test_bootstrap_does_not_depend_on_the_scale_of_the_scores():
    is_anomaly, scores = drawn(2)
    assert bootstrap_intervals(is_anomaly, scores, 1.0) == bootstrap_intervals(
        is_anomaly, np.exp(scores), np.e
    )


def test_interval_is_as_wide_as_the_normal_approximation_says():
    is_anomaly, scores = drawn(4, normal=400, anomalous=400, decimals=6)
    area = auroc(is_anomaly, scores)
    # Hanley and McNeil (1982), equation 1.
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + 399 * (first + second - 2 * area**2)
    expected = 2 * 1.96 * np.sqrt(variance / 400**2)

    low, high = bootstrap_intervals(is_anomaly, scores, 1.0, replicates=2000)["auroc"]

    assert high - low == pytest.approx(expected, rel=0.15)
    assert low < area < high


def test_gathers_every_metric_with_its_interval():
    flat = detection_metrics(*drawn(0), threshold=1.0, replicates=200)
    names = {"auroc", "aupr", "partial_auroc", "f1", "precision"}
    names |= {"true_positive_rate", "false_positive_rate"}
    assert set(flat) == {f"{name}{end}" for name in names for end in ("", "_low", "_high")}
    for name in names:
        assert flat[f"{name}_low"] <= flat[name] <= flat[f"{name}_high"]
    assert flat == detection_metrics(*drawn(0), threshold=1.0, replicates=200)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: auroc([0, 0], [1.0, 2.0]), r"both 0 and 1 and nothing else, got \[0\]"),
        (lambda: auroc([], []), r"both 0 and 1 and nothing else, got \[\]"),
        (lambda: auroc([0, 1, 2], [1.0, 2.0, 3.0]), r"nothing else, got \[0, 1, 2\]"),
        (lambda: auroc([0, 1], [1.0, np.nan]), "scores must be finite"),
        (lambda: auroc([0, 1], [1.0]), r"shapes \(2,\) and \(1,\)"),
        (lambda: partial_auroc([0, 1], [1.0, 2.0], 0), r"max_false_positive_rate .* got 0"),
        (lambda: threshold_rates([0, 1], [1.0, 2.0], np.nan), "threshold must be a number"),
        (lambda: bootstrap_intervals([0, 1], [1.0, 2], 1, replicates=0), "replicates .* got 0"),
        (lambda: bootstrap_intervals([0, 1], [1.0, 2], 1, confidence=1), "confidence .* got 1"),
        (lambda: bootstrap_intervals([0, 1], [1.0, 2], np.nan), "threshold must be a number"),
    ],
)
def test_names_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
