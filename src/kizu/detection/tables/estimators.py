"""scikit-learn's isolation forest, one-class support vector machine and robust covariance."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import MinCovDet
from sklearn.ensemble import IsolationForest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from kizu.detection.corr_max import corr_max
from kizu.detection.estimators import EstimatorDetector
from kizu.detection.protocol import DetectorState
from kizu.detection.tables.arrays import ExactTableItems, TableItems, explanation
from kizu.detection.tables.parameters import (
    TableCovarianceParameters,
    TableForestParameters,
    TableSupportVectorParameters,
)

# Values of changed rows held at once while explaining: 64 MiB in float32.
_CELLS_AT_ONCE = 2**24
# Share of the mean variance that rounding may leave where there is none.
_NO_VARIANCE = 1e-6


class _Opaque(TableItems, EstimatorDetector):
    """An estimator that does not say what a feature adds to the score: it is tried out."""

    _median: np.ndarray

    def fit(self, rows: np.ndarray) -> Self:
        """Fit the scikit-learn object to the rows, float32 (N, F)."""
        super().fit(rows)
        self._median = np.median(rows, axis=0)
        return self

    def score(self, rows: np.ndarray) -> NDArray[np.float64]:
        """Return what scikit-learn returns, negated, so that higher is more anomalous, (N,)."""
        vectors = self._checked_vectors(rows)
        return -self._estimator.score_samples(vectors)

    def explain(self, rows: np.ndarray) -> NDArray[np.float32]:
        """Return what each feature adds to the score, (N, F), or 0 where it lowers it.

        The mean of two answers: how much the score falls when the row takes the feature's normal
        median, and how much that of a row of medians rises when it takes the row's value. They are
        the last and the first step on the way from the medians to the row, the ends of the average
        that is the Shapley value. The first alone says nothing of a row that many features make
        anomalous, the second nothing of values that are odd in their combination.
        """
        self._fitted()
        center = self._median[np.newaxis]
        alone = self._exchanged(center, rows) - self.score(center)
        last = self.score(rows)[:, np.newaxis] - self._exchanged(rows, center)
        return np.maximum((alone + last) / 2, 0).astype(np.float32)

    def _exchanged(self, rows: np.ndarray, values: np.ndarray) -> NDArray[np.float64]:
        """Score each row with one feature at a time from ``values``; one of both may be one row.

        Returns:
            (N, F).
        """
        rows, values = np.broadcast_arrays(rows, values)
        features = rows.shape[1]
        step = max(1, _CELLS_AT_ONCE // features**2)
        diagonal = np.arange(features)
        scores = []
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            changed = np.repeat(rows[part, np.newaxis], features, axis=1)
            changed[:, diagonal, diagonal] = values[part]
            scores.append(self.score(changed.reshape(-1, features)).reshape(-1, features))
        return np.concatenate(scores)

    def state(self) -> DetectorState:
        """Return the parameters, the scikit-learn object, and the medians."""
        return {**super().state(), "tensors": {"median": self._median}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again."""
        detector = super().from_state(state)
        detector._median = state["tensors"]["median"]
        return detector


class TableForest(_Opaque):
    """How few random splits isolate a row.

    Liu, Ting and Zhou 2008, "Isolation Forest", equation 2: the score is in (0, 1].
    """

    parameters: TableForestParameters
    _parameters_type = TableForestParameters

    def _build(self) -> IsolationForest:
        return IsolationForest(
            n_estimators=self.parameters.trees, random_state=self.parameters.seed
        )


class TableSupportVector(ExactTableItems, _Opaque):
    """How far a row lies outside the smallest region that holds the normal rows.

    Schölkopf et al. 2001, "Estimating the Support of a High-Dimensional Distribution", equation
    10, on standardized features with a Gaussian kernel as wide as the number of features.
    """

    parameters: TableSupportVectorParameters
    _parameters_type = TableSupportVectorParameters

    def _build(self) -> Any:
        machine = OneClassSVM(nu=self.parameters.outlier_share, gamma="auto")
        return make_pipeline(StandardScaler(), machine)


class TableCovariance(ExactTableItems, EstimatorDetector):
    """Squared Mahalanobis distance under the covariance of the most concentrated normal rows.

    Rousseeuw and Van Driessen 1999, "A Fast Algorithm for the Minimum Covariance Determinant
    Estimator". Directions in which normal rows do not vary (a feature that is constant, or the sum
    of others) are given a variance, where scikit-learn's own distance is blind in them.
    """

    parameters: TableCovarianceParameters
    _parameters_type = TableCovarianceParameters

    def fit(self, rows: np.ndarray) -> Self:
        """Fit location and covariance to the rows, float32 (N, F).

        Raises:
            ValueError: the most concentrated rows are all equal, or as `check_rows`.
        """
        with warnings.catch_warnings():
            # That is what the variance of the other directions is for.
            warnings.filterwarnings("ignore", message=".*not full rank", category=UserWarning)
            return super().fit(rows)

    def score(self, rows: np.ndarray) -> NDArray[np.float64]:
        """Return the squared distance, (N,)."""
        return self._contributions(rows).sum(axis=1)

    def explain(self, rows: np.ndarray) -> NDArray[np.float32]:
        """Return each feature's part of the squared distance, (N, F).

        They are non-negative and sum to it, see `corr_max`.
        """
        return explanation(self._contributions(rows))

    def _build(self) -> MinCovDet:
        return MinCovDet(random_state=self.parameters.seed)

    def _contributions(self, rows: np.ndarray) -> NDArray[np.float64]:
        vectors = self._checked_vectors(rows)
        variances, axes = np.linalg.eigh(self._estimator.covariance_)
        still = variances < _NO_VARIANCE * variances.mean()
        variances[still] = self.parameters.still_variance * variances[~still].mean()
        whitening = corr_max((axes * variances) @ axes.T)
        return np.square((vectors - self._estimator.location_) @ whitening)
