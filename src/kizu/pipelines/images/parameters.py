"""Parameters of the stage `images`."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.images import Channels, Interpolation


class ImagesParameters(Parameters):
    """How image files become arrays, and how these are split."""

    channels: Channels = Field(description="gray (1 channel) or rgb (3).")
    size: int = Field(gt=0, description="Height and width of every image, in pixels.")
    interpolation: Interpolation = Field(description="How pixels are made when resizing.")
    split: SplitFractions
    seed: int = Field(ge=0, description="Seed of the split.")
