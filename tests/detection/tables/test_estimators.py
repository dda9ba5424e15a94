"""scikit-learn's objects behind the protocol."""

import numpy as np
import pytest
from sklearn.covariance import MinCovDet
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

from kizu.detection.tables.estimators import TableCovariance, TableForest, TableSupportVector
from kizu.detection.tables.neighbors import TableNeighbors, TableOutlierFactor
from kizu.detection.tables.parameters import (
    TableCovarianceParameters,
    TableForestParameters,
    TableNeighborsParameters,
    TableOutlierFactorParameters,
    TableSupportVectorParameters,
)


@pytest.fixture(scope="module")
def rows():
    """Four features, of which the first two go together; the third is contaminated."""
    random = np.random.default_rng(0)
    drawn = random.normal(size=(120, 4))
    drawn[:, 1] = drawn[:, 0] + 0.1 * drawn[:, 1]
    drawn[:10, 2] += 30
    return drawn.astype(np.float32)


def test_scores_are_those_of_scikit_learn(rows):
    new = rows[::7] + np.float32(0.3)
    forest = TableForest(TableForestParameters(trees=20, seed=3)).fit(rows)
    theirs = IsolationForest(n_estimators=20, random_state=3).fit(rows)
    np.testing.assert_allclose(forest.score(new), -theirs.score_samples(new))
    factor = TableOutlierFactor(TableOutlierFactorParameters(neighbors=9)).fit(rows)
    theirs = LocalOutlierFactor(9, novelty=True).fit(rows)
    np.testing.assert_allclose(factor.score(new), -theirs.score_samples(new), rtol=1e-5)


ROBUST = TableCovarianceParameters(still_variance=2.0, seed=0)


def test_the_robust_distance_is_that_of_scikit_learn(rows):
    new = rows[::7] + np.float32(0.3)
    robust = TableCovariance(ROBUST).fit(rows)
    theirs = MinCovDet(random_state=0).fit(rows)
    np.testing.assert_allclose(robust.score(new), theirs.mahalanobis(new), rtol=1e-6)
    # The contaminated tenth has not widened what is normal.
    assert robust.score(rows[:10]).min() > 5 * np.median(robust.score(rows[10:]))


def test_a_broken_correlation_is_blamed_on_its_two_features(rows):
    robust = TableCovariance(ROBUST).fit(rows)
    (parts,) = robust.explain(np.float32([[1.5, -1.5, 0, 0]]))
    assert parts[:2].min() > 10 * parts[2:].max()
    np.testing.assert_allclose(parts[0], parts[1], rtol=0.2)


def test_leaving_where_normal_rows_stay_is_seen(rows):
    """scikit-learn ignores it: its inverse is zero there."""
    with_constant = np.insert(rows, 4, 7.0, axis=1)
    robust = TableCovariance(ROBUST).fit(with_constant)
    left = with_constant[10:11].copy()
    left[0, 4] += 3
    fitted = MinCovDet(random_state=0).fit(with_constant)
    difference = robust.score(left) - robust.score(with_constant[10:11])
    np.testing.assert_allclose(difference, 9 / (2 * fitted.covariance_.trace() / 4), rtol=1e-4)
    np.testing.assert_allclose(fitted.mahalanobis(left), fitted.mahalanobis(with_constant[10:11]))
    assert robust.explain(left)[0].argmax() == 4


def test_rows_that_are_mostly_equal_have_no_covariance():
    rows = np.zeros((40, 2), np.float32)
    rows[:3] = 1
    with pytest.raises(ValueError, match="covariance matrix of the support data is equal to 0"):
        TableCovariance(ROBUST).fit(rows)


@pytest.mark.parametrize(
    "detector",
    [
        TableForest(TableForestParameters(trees=50, seed=0)),
        TableSupportVector(TableSupportVectorParameters(outlier_share=0.1)),
        TableNeighbors(TableNeighborsParameters(neighbors=5)),
    ],
    ids=["forest", "support_vector", "neighbors"],
)
def test_the_odd_feature_is_to_blame(detector, rows):
    new = np.zeros((4, 4), np.float32)
    np.fill_diagonal(new, 6)
    clean = rows[10:]
    assert detector.fit(clean).explain(new).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_equal_rows_teach_nothing():
    with pytest.raises(ValueError, match="nothing can be learned from 9 equal rows"):
        TableForest(TableForestParameters(trees=5, seed=0)).fit(np.ones((9, 3), np.float32))


@pytest.mark.parametrize(
    "detector",
    [
        TableNeighbors(TableNeighborsParameters(neighbors=5)),
        TableOutlierFactor(TableOutlierFactorParameters(neighbors=5)),
    ],
)
def test_too_few_rows_for_the_neighbors(detector, rows):
    with pytest.raises(ValueError, match=r"neighbors=5 needs at least as many .* got 4"):
        detector.fit(rows[:4])
