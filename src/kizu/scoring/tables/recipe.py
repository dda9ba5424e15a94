"""How the rows of a table become what the table detectors take. Free of torch and pandas."""

from typing import Any

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.table_plan import ColumnPlan
from kizu.sources.tables import TableChecks


class TableRecipe(Parameters):
    """What the stages `ingest_tables` and `tables` did with the rows of the training."""

    checks: TableChecks
    columns: list[dict[str, Any]] = Field(
        min_length=1, description="What is done with each column, as `ColumnPlan` has it."
    )

    @property
    def plans(self) -> list[ColumnPlan]:
        """The plan of each column."""
        return [ColumnPlan.from_dict(column) for column in self.columns]
