"""ECOD and COPOD, inductive: the tails are those of the training rows alone."""

import numpy as np
import pytest
from scipy.stats import rankdata, skew
from sklearn.datasets import load_breast_cancer

from kizu.detection.tables.parameters import TableTailsParameters
from kizu.detection.tables.tails import TableCopula, TableTails
from kizu.evaluation.detection import auroc


def transductive(train: np.ndarray, test: np.ndarray, kind: str) -> np.ndarray:
    """Score as pyod does: test rows are ranked among the training rows and each other."""
    together = np.concatenate([train, test])
    left = -np.log(rankdata(together, method="max", axis=0) / len(together))
    right = -np.log(rankdata(-together, method="max", axis=0) / len(together))
    skewed = np.where(skew(together, axis=0) < 0, left, right)
    other = np.maximum(left, right) if kind == "ecod" else (left + right) / 2
    return np.maximum(skewed, other).sum(axis=1)[len(train) :]


@pytest.fixture(scope="module")
def tumors():
    """Half of the benign tumors to fit on; the others and all malignant ones to test."""
    rows, benign = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(np.flatnonzero(benign))
    train, normal = np.array_split(rows[order], 2)
    malignant = rows[benign == 0]
    test = np.concatenate([normal, malignant])
    truth = np.repeat([0, 1], [len(normal), len(malignant)])
    return train.astype(np.float32), test.astype(np.float32), truth


@pytest.mark.parametrize(
    ("kind", "detector", "inductive", "published"),
    [("ecod", TableTails, 0.94, 0.65), ("copod", TableCopula, 0.95, 0.88)],
)
def test_ranking_test_rows_among_each_other_hides_anomalies(
    kind, detector, inductive, published, tumors
):
    train, test, truth = tumors
    ours = detector(TableTailsParameters()).fit(train).score(test)
    assert auroc(truth, ours) > inductive
    assert auroc(truth, transductive(train, test, kind)) < published
    # One row at a time there are no others to hide among, and the formulas agree.
    alone = np.array([transductive(train, row[np.newaxis], kind)[0] for row in test])
    assert auroc(truth, alone) > inductive
    assert np.corrcoef(alone, ours)[0, 1] > 0.99


def test_ecod_by_counting(tumors):
    train, test, _ = tumors
    left = np.array([(1 + (train <= row).sum(axis=0)) / (len(train) + 1) for row in test[:20]])
    right = np.array([(1 + (train >= row).sum(axis=0)) / (len(train) + 1) for row in test[:20]])
    detector = TableTails(TableTailsParameters()).fit(train)
    parts = np.maximum(-np.log(left), -np.log(right))
    np.testing.assert_allclose(detector.explain(test[:20]), parts, rtol=1e-6)
    np.testing.assert_allclose(detector.score(test[:20]), parts.sum(axis=1))


@pytest.mark.parametrize(("sign", "rare"), [(1, 30.0), (-1, -30.0)])
def test_copod_looks_at_the_long_tail(sign, rare):
    random = np.random.default_rng(0)
    train = (sign * random.lognormal(size=(200, 1))).astype(np.float32)
    detector = TableCopula(TableTailsParameters()).fit(train)
    long, short = detector.score(np.float32([[rare], [0.0]]))
    # The short end is as rare, and counts half.
    np.testing.assert_allclose(long, np.log(201))
    np.testing.assert_allclose(short, np.log(201) / 2)


def test_anomalies_in_the_batch_change_no_score(tumors):
    train, test, truth = tumors
    detector = TableTails(TableTailsParameters()).fit(train)
    normal = truth == 0
    np.testing.assert_array_equal(detector.score(test)[normal], detector.score(test[normal]))


def test_without_skewness_copod_prefers_neither_tail():
    train = np.full((20, 2), 3, np.float32)
    train[::2, 1] = 4
    detector = TableCopula(TableTailsParameters()).fit(train)
    below, above = detector.score(np.float32([[2, 3], [4, 4]]))
    assert below == above
    np.testing.assert_allclose(detector.explain(np.float32([[2, 3]]))[0], np.log([21, 21 / 11]))


@pytest.mark.parametrize(("offset", "unit"), [(0, 1), (3e4, 1), (0, 1e25), (0, 1e-25)])
def test_skewness_is_taken_in_double_precision(offset, unit):
    """Cubes of float32 values overflow, vanish, or leave nothing behind the offset."""
    drawn = np.random.default_rng(0).lognormal(size=(300, 1))
    for sign in (1, -1):
        rows = (sign * (drawn + offset) * unit).astype(np.float32)
        detector = TableCopula(TableTailsParameters()).fit(rows)
        long, short = detector.score(np.concatenate([rows.max(0), rows.min(0)])[::sign, None])
        assert long > 1.5 * short
