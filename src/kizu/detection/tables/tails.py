"""How far out in the tails of the normal rows each feature lies.

A tail probability is taken from the empirical distribution of the normal rows alone, and a row's
rank counts the row itself, so that no probability is 0. The published code ranks new rows among
the training rows *and each other* instead: there, many anomalies make one another look usual, and
a row's score depends on its batch.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import skew

from kizu.detection.remembering import RememberingDetector
from kizu.detection.tables.arrays import TableItems
from kizu.detection.tables.parameters import TableTailsParameters
from kizu.parameters import Parameters


class _TailDetector(TableItems, RememberingDetector):
    """A sum over the features, of which each part is the feature's contribution."""

    _parameters_type: ClassVar[type[Parameters]] = TableTailsParameters

    def score(self, rows: np.ndarray) -> NDArray[np.float64]:
        """Return the sum of the features' tail scores, (N,)."""
        return self._contributions(rows).sum(axis=1)

    def explain(self, rows: np.ndarray) -> NDArray[np.float32]:
        """Return the features' tail scores, (N, F), in nats."""
        return self._contributions(rows).astype(np.float32)

    def _learn(self, items: np.ndarray) -> None:
        self._sorted = np.sort(items, axis=0).T
        # The mean of equal values may differ from them by rounding: no skew, not noise.
        varies = self._sorted[:, 0] < self._sorted[:, -1]
        self._skewness = np.zeros(items.shape[1])
        self._skewness[varies] = skew(items[:, varies].astype(np.float64), axis=0)

    def _tails(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``-log P(X <= x)`` and ``-log P(X >= x)`` of every feature, (N, F) each."""
        count = self._sorted.shape[1]
        columns = list(zip(self._sorted, rows.T, strict=True))
        below = [np.searchsorted(known, new, side="right") for known, new in columns]
        above = [count - np.searchsorted(known, new, side="left") for known, new in columns]
        left, right = (np.log((count + 1) / (1 + np.stack(c, axis=1))) for c in (below, above))
        return left, right

    def _contributions(self, rows: np.ndarray) -> NDArray[np.float64]:
        self._check(rows)
        return self._combine(*self._tails(rows))

    def _combine(self, left: np.ndarray, right: np.ndarray) -> NDArray[np.float64]:
        raise NotImplementedError


class TableTails(_TailDetector):
    """ECOD: the rarer tail of every feature.

    Li et al. 2022, "ECOD: Unsupervised Outlier Detection Using Empirical Cumulative Distribution
    Functions", section 4. As in the authors' code the larger of the two tail scores is taken
    feature by feature, which makes the sum of the contributions the score.
    """

    def _combine(self, left: np.ndarray, right: np.ndarray) -> NDArray[np.float64]:
        return np.maximum(left, right)


class TableCopula(_TailDetector):
    """COPOD: the tail that a feature's skewness points to, or the mean of both if that is more.

    Li et al. 2020, "COPOD: Copula-Based Outlier Detection", algorithm 1, with the maximum taken
    feature by feature as in the authors' code. Without any skewness (a constant, or two values
    equally often) neither tail is preferred, where the algorithm would take the right one.
    """

    def _combine(self, left: np.ndarray, right: np.ndarray) -> NDArray[np.float64]:
        skewed = np.where(self._skewness < 0, left, right)
        skewed = np.where(self._skewness == 0, np.maximum(left, right), skewed)
        return np.maximum(skewed, (left + right) / 2)
