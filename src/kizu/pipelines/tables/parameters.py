"""Parameters of the stage `tables`."""

from typing import Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.table_resampling import Resampling


class TableBaselines(Parameters):
    """How the classifiers are trained that show what each step is worth."""

    resampling: Resampling = Field(
        description="Of their training rows: none; under: as many rows of every class as of the "
        "rarest; over: rows of the rarer classes several times."
    )
    rows: int = Field(
        ge=20,
        description="Most rows of training and of test; more are drawn by the seed. Time grows "
        "with their square for the support vector machine.",
    )
    tree_iterations: int = Field(gt=0, description="How many trees are boosted.")


class OrdinalColumn(Parameters):
    """A column of categories that have an order."""

    column: str = Field(description="Its name.")
    levels: list[str] = Field(min_length=2, description="All of its values, the lowest first.")


class TablesParameters(Parameters):
    """How the columns of a table become a model's input."""

    target: str = Field(description="The column that holds the class.")
    drop: list[str] = Field(description="Columns to leave out.")
    ordinal: list[OrdinalColumn] = Field(
        description="Columns of categories that have an order, with their levels."
    )
    leaks: Literal["drop", "keep", "refuse"] = Field(
        description="What to do with a column that determines the target: leave it out and say "
        "so, use it and say so, or stop."
    )
    leak_strength: float = Field(
        gt=0,
        le=1,
        description="Share of the errors of the best constant guess that knowing the column alone "
        "must remove to make it a leak.",
    )
    max_levels: int = Field(
        ge=2, description="Most levels of a one-hot encoding; the rarest share one more."
    )
    clip_outliers: bool = Field(description="Whether outliers are pulled to their fences.")
    outlier_share: float = Field(
        ge=0, lt=1, description="With a larger share of outliers, a column is scaled by quartiles."
    )
    significance: float = Field(
        gt=0, lt=1, description="A p-value below it rejects that a column is normal or uniform."
    )
    split: SplitFractions
    seed: int = Field(ge=0, description="Seed of the split, of draws of rows and of the trees.")
    baselines: TableBaselines

    def levels(self) -> dict[str, list[str]]:
        """Return the levels of the columns that have an order, by name."""
        return {entry.column: entry.levels for entry in self.ordinal}
