import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from kizu.evaluation.classification import (
    accuracy,
    class_scores,
    classification_metrics,
    confusion_matrix,
    negative_log_likelihood,
    per_class_accuracy,
    worst_mistakes,
)
from kizu.evaluation.reliability import expected_calibration_error, reliability


def drawn(seed, count=200, class_count=4):
    random = np.random.default_rng(seed)
    return random.integers(0, class_count, count), random.normal(0, 3, (count, class_count))


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 50), class_count=st.integers(2, 6))
def test_agrees_with_scikit_learn(seed, count, class_count):
    labels, logits = drawn(seed, count, class_count)
    predictions = logits.argmax(axis=1)
    every_class = list(range(class_count))

    assert accuracy(labels, predictions) == metrics.accuracy_score(labels, predictions)
    np.testing.assert_array_equal(
        confusion_matrix(labels, predictions, class_count),
        metrics.confusion_matrix(labels, predictions, labels=every_class),
    )
    recall = metrics.recall_score(
        labels, predictions, labels=every_class, average=None, zero_division=np.nan
    )
    np.testing.assert_allclose(per_class_accuracy(labels, predictions, class_count), recall)
    np.testing.assert_allclose(
        negative_log_likelihood(labels, logits),
        metrics.log_loss(labels, softmax(logits), labels=every_class),
    )


def test_negative_log_likelihood_survives_a_probability_that_underflows():
    assert negative_log_likelihood([1], [[1000.0, 0.0]]) == pytest.approx(1000.0)


def test_calibration_error_agrees_with_a_loop_over_bins():
    labels, logits = drawn(0)
    confidence = softmax(logits).max(axis=1)
    right = logits.argmax(axis=1) == labels
    expected = 0.0
    for index in range(15):
        inside = (confidence > index / 15) & (confidence <= (index + 1) / 15)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            expected += inside.mean() * gap

    assert expected_calibration_error(labels, logits) == pytest.approx(expected)


def test_calibration_error_of_known_cases():
    certain = np.eye(3)[[0, 1, 2, 0]] * 1000
    assert expected_calibration_error([0, 1, 2, 0], certain) == pytest.approx(0)
    assert expected_calibration_error([1, 2, 0, 1], certain) == pytest.approx(1)
    # Confidence is 1/3 everywhere and a third of the answers is right.
    assert expected_calibration_error([0, 1, 2], np.zeros((3, 3))) == pytest.approx(0)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 50), class_count=st.integers(2, 6))
def test_class_scores_agree_with_scikit_learn(seed, count, class_count):
    labels, logits = drawn(seed, count, class_count)
    predictions = logits.argmax(axis=1)
    scores = class_scores(labels, predictions, [f"c.{k}" for k in range(class_count)])
    present = np.unique(labels)
    expected = metrics.precision_recall_fscore_support(
        labels, predictions, labels=present, zero_division=0
    )
    for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        found = [scores[f"c.{k}.{name}"] for k in present]
        np.testing.assert_allclose(found, values)
    assert len(scores) == 4 * len(present)


@given(seed=st.integers(0, 2**32 - 1), bin_count=st.integers(1, 20))
def test_the_calibration_error_is_the_mean_gap_of_the_diagram(seed, bin_count):
    labels, logits = drawn(seed)
    counts, confidence, accuracies = reliability(labels, logits, bin_count)
    filled = counts > 0
    gaps = np.abs(accuracies - confidence)[filled]
    assert counts.sum() == len(labels)
    assert np.isnan(confidence[~filled]).all()
    assert np.average(gaps, weights=counts[filled]) == pytest.approx(
        expected_calibration_error(labels, logits, bin_count)
    )


def test_the_worst_mistakes_are_the_surest_wrong_answers():
    logits = np.array([[3.0, 0], [0, 1], [0, 5], [2, 0], [0, 9]])
    labels = [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(worst_mistakes(labels, logits, 5), [2, 3, 1])
    np.testing.assert_array_equal(worst_mistakes(labels, logits, 1), [2])
    assert worst_mistakes([0], logits[:1], 3).size == 0


def test_gathers_flat_finite_metrics_without_a_class_that_never_occurs():
    _, logits = drawn(1, count=3, class_count=3)

    flat = classification_metrics([0, 0, 2], logits, ["zero", "one", "two"])

    assert set(flat) == {
        "accuracy",
        "macro_f1",
        "negative_log_likelihood",
        "expected_calibration_error",
        "zero.accuracy",
        "two.accuracy",
    }
    assert all(type(value) is float and np.isfinite(value) for value in flat.values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy([], []), "at least one sample"),
        (lambda: accuracy([0, 1], [0]), r"shapes \(2,\) and \(1,\)"),
        (lambda: confusion_matrix([0, 3], [0, 1], 3), r"labels must lie in \[0, 3\), got 0 to 3"),
        (lambda: confusion_matrix([0, 1], [0, -1], 3), r"predictions must lie in \[0, 3\)"),
        (lambda: confusion_matrix([0.0], [0], 3), "labels must be integers, got float64"),
        (lambda: negative_log_likelihood([0], [[np.nan, 0]]), "logits must be finite"),
        (lambda: negative_log_likelihood([0, 1], [[0.0, 0]]), r"\(2,\) and \(1, 2\)"),
        (lambda: negative_log_likelihood([2], [[0.0, 0]]), r"labels must lie in \[0, 2\)"),
        (lambda: expected_calibration_error([0], [[0.0, 0]], 0), "bin_count must be at least 1"),
        (lambda: classification_metrics([0], [[0.0, 0]], ["a"]), "class_names must hold 2"),
    ],
)
def test_names_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()
