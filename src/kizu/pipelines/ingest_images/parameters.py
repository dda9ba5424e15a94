"""Parameters of the stage `ingest_images`."""

from typing import Annotated, Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.sources.images import ImageChecks


class BuiltinSource(Parameters):
    """Images that come with an installed library: no file, no network."""

    kind: Literal["builtin"]
    name: Literal["digits"] = Field(description="scikit-learn's 1,797 handwritten digits.")


class FolderSource(Parameters):
    """The user's own files, where the catalog entry `source_images` says."""

    kind: Literal["folder"]


class IngestImagesParameters(Parameters):
    """Where images come from, and which are accepted."""

    source: Annotated[BuiltinSource | FolderSource, Field(discriminator="kind")]
    checks: ImageChecks
    max_reject_share: float = Field(
        ge=0, le=1, description="Largest share of the files that may be refused."
    )
