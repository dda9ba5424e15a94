"""What the gallery of tables is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kizu.pipelines.tables.parameters import TablesParameters
from kizu.preprocessing.table_plan import ColumnPlan, kept

MOST_PANELS = 6
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Shown:
    """What the gallery is made of; the frames hold features by row id.

    Attributes:
        features, target, index: of all rows.
        plans: of the columns; ``strengths``: how far each determines the target.
        train: which rows are for training.
        aligned: the features in the form of the plans.
        encoded: the same as numbers, neither imputed nor scaled.
    """

    features: Any
    target: Any
    index: Any
    plans: Sequence[ColumnPlan]
    strengths: Sequence[Any]
    train: np.ndarray
    aligned: Any
    encoded: Any
    parameters: TablesParameters

    def numbers(self) -> list[ColumnPlan]:
        """Return the plans of the columns of numbers that a model gets, at most six."""
        return [plan for plan in kept(self.plans) if plan.encoding == "number"][:MOST_PANELS]
