"""Parameters of the stage `images`."""

from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from kizu.parameters import Parameters
from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.image_steps import IMAGE_STEPS
from kizu.preprocessing.images import Channels
from kizu.preprocessing.steps import Step, parse_steps

ImageSteps = Annotated[
    tuple[Step, ...], BeforeValidator(partial(parse_steps, functions=IMAGE_STEPS))
]
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
