"""Parameters of the stage `images`."""

from typing import Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.image_steps import ImageSteps
from kizu.preprocessing.images import Channels

GallerySample = Literal["flower", "first"]


class ImagesParameters(Parameters):
    """How image files become arrays, and how these are split."""

    channels: Channels = Field(description="What files are decoded to: gray or rgb.")
    steps: ImageSteps = Field(
        description="What is done to every decoded image, in order; all must end in one shape."
    )
    gallery_sample: GallerySample = Field(
        description="What the gallery of operations shows: a photograph of a flower that "
        "scikit-learn carries, or the first image of the data."
    )
    split: SplitFractions
    seed: int = Field(ge=0, description="Seed of the split.")
