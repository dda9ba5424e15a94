"""How an image file becomes what the image detectors take. Free of torch."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.image_steps import ImageSteps
from kizu.preprocessing.images import Channels
from kizu.sources.images import ImageChecks


class ImageRecipe(Parameters):
    """What the stages `ingest_images` and `images` did with the files of the training."""

    checks: ImageChecks
    channels: Channels = Field(description="What files are decoded to.")
    steps: ImageSteps = Field(description="What is done to every decoded image, in order.")
    shape: tuple[int, int, int] = Field(
        strict=False, description="(C, H, W) that every image must end in."
    )
