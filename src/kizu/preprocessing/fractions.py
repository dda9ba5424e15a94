"""The shares of the splits, as parameters."""

import math
from typing import Self

from pydantic import Field, model_validator

from kizu.parameters import Parameters


class SplitFractions(Parameters):
    """How much of the data goes into each split; the three sum to 1."""

    train: float = Field(gt=0, lt=1, description="Share that models are fitted on.")
    calibration: float = Field(gt=0, lt=1, description="Share that thresholds are set on.")
    test: float = Field(gt=0, lt=1, description="Share that results are measured on.")

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = self.train + self.calibration + self.test
        if not math.isclose(total, 1, abs_tol=1e-9):
            raise ValueError(f"train + calibration + test is {total:g}; it must be 1")
        return self
