"""Parameters of the stage `ingest_text`."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.sources.text import TextChecks, TextLayout
from kizu.sources.text_sources import TextSource


class IngestTextParameters(Parameters):
    """Where text comes from, what a document is, and which are accepted."""

    source: TextSource = Field(
        description="machine_logs: a synthetic log, no file and no network needed. imdb, bgl: "
        "downloaded. folder: the user's own, where the catalog entry `source_text` says."
    )
    folder: TextLayout = Field(description="What a document is, where the source is a folder.")
    checks: TextChecks
    max_reject_share: float = Field(
        ge=0, le=1, description="Largest share of the documents that may be refused."
    )
