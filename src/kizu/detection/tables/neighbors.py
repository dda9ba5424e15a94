"""Distance and density among the nearest normal rows."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import LocalOutlierFactor

from kizu.detection.neighbor_detector import NeighborDetector
from kizu.detection.tables.arrays import TableItems, explanation
from kizu.detection.tables.parameters import TableNeighborsParameters, TableOutlierFactorParameters
from kizu.parameters import Parameters


class TableNeighbors(TableItems, NeighborDetector):
    """Mean Euclidean distance to the nearest normal rows."""

    parameters: Any
    _parameters_type: ClassVar[type[Parameters]] = TableNeighborsParameters

    def explain(self, rows: np.ndarray) -> NDArray[np.float32]:
        """Return the squared difference to the neighbors, averaged over them, (N, F)."""
        self._check(rows)
        neighbors = self._index.search(rows, self.parameters.neighbors).rows
        differences = np.subtract(rows[:, np.newaxis], self._fitted()[neighbors], dtype=np.float64)
        return explanation(np.square(differences).mean(axis=1))


class TableOutlierFactor(TableNeighbors):
    """How much sparser a row's surroundings are than those of its normal neighbors.

    Breunig et al. 2000, "LOF: Identifying Density-Based Local Outliers", definition 7: about 1
    amid normal rows. The explanation is that of the neighbors themselves.
    """

    _parameters_type = TableOutlierFactorParameters

    def score(self, rows: np.ndarray) -> NDArray[np.float64]:
        """Return the local outlier factor, (N,)."""
        rows = self._check(rows)
        # scikit-learn negates it, so that higher is more normal.
        return -self._factor.score_samples(_exact(rows))

    def _learn(self, items: np.ndarray) -> None:
        super()._learn(items)
        factor = LocalOutlierFactor(self.parameters.neighbors, novelty=True)
        self._factor = factor.fit(_exact(items))


def _exact(rows: np.ndarray) -> NDArray[np.float64]:
    # In float32 the distances of a batch would round otherwise than those of a single row.
    return rows.astype(np.float64)
