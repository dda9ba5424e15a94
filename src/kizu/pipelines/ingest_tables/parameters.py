"""Parameters of the stage `ingest_tables`."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.sources.table_sources import TableSource
from kizu.sources.tables import TableChecks


class IngestTablesParameters(Parameters):
    """Where tables come from, and which are accepted."""

    source: TableSource = Field(
        description="machine_telemetry: made up by a seed, no file and no network needed. titanic: "
        "891 passengers. folder: the user's own tables of equal columns, where the catalog entry "
        "`source_tables` says."
    )
    checks: TableChecks
    max_reject_share: float = Field(
        ge=0,
        le=1,
        description="Largest share of the files that may be refused, and of the rows of the rest.",
    )
