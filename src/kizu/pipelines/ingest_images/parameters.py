"""Parameters of the stage `ingest_images`."""

from typing import Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.sources.images import ImageChecks


class IngestImagesParameters(Parameters):
    """Where images come from, and which are accepted."""

    source: Literal[
        "digits",
        "mnist",
        "cifar10",
        "cifar100",
        "hymenoptera",
        "stl10",
        "flowers",
        "folder",
        "masked_folder",
    ] = Field(
        description="digits: the 1,797 of scikit-learn, no file and no network needed. folder: the "
        "user's own, where the catalog entry `source_images` says. masked_folder: the same, laid "
        "out as MVTec AD, train/<class>, test/<class> and masks in ground_truth/<class>. Others "
        "are downloaded from their owners, or taken from the folder that KIZU_DATA_MIRROR names."
    )
    checks: ImageChecks
    max_reject_share: float = Field(
        ge=0, le=1, description="Largest share of the files that may be refused."
    )
