"""The shares of the splits, as parameters."""

import math
from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from kizu.parameters import Parameters
from kizu.preprocessing.splits import official_split, stratified_split


class SplitFractions(Parameters):
    """How much of the data goes into each split; the three sum to 1.

    ``model_dump()`` gives the shares by name.
    """

    train: float = Field(gt=0, lt=1, description="Share that models are fitted on.")
    calibration: float = Field(gt=0, lt=1, description="Share that thresholds are set on.")
    test: float = Field(gt=0, lt=1, description="Share that results are measured on.")
    official: bool = Field(
        default=False,
        exclude=True,
        description="Whether the source's own test split is kept; the share of test then does not "
        "matter, and the rest is divided in the proportion of the other two.",
    )

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = self.train + self.calibration + self.test
        if not math.isclose(total, 1, abs_tol=1e-9):
            raise ValueError(f"train + calibration + test is {total:g}; it must be 1")
        return self

    def assign(
        self, labels: Sequence[str], contents: Sequence[str], own: Sequence[str], seed: int
    ) -> np.ndarray:
        """Return the split of each item, by :func:`official_split` or :func:`stratified_split`.

        Args:
            labels: the class of each of N items.
            contents: what makes two items the same, for instance a hash; N values.
            own: the source's own split of each item, the manifest's column ``split``.
            seed: of the shuffle.

        Raises:
            SplitError: a split would stay empty, or the source has no test split to keep.
        """
        shares = self.model_dump()
        if self.official:
            return official_split(labels, contents, own, shares, seed)
        return stratified_split(labels, contents, shares, seed)
