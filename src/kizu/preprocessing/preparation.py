"""How an image file becomes what a model was trained on: a model keeps it, for new files."""

from pathlib import Path

import numpy as np
from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.image_steps import ImageSteps
from kizu.preprocessing.images import Channels
from kizu.preprocessing.prepared_images import ImageStepsError, prepare_image, size_in_words


class Preparation(Parameters):
    """What the stage `images` did with the files of the training."""

    channels: Channels = Field(description="What files are decoded to.")
    steps: ImageSteps = Field(description="What is done to every decoded image, in order.")
    shape: tuple[int, int, int] = Field(
        strict=False, description="(C, H, W) that every image must end in."
    )

    def apply(self, content: bytes | Path) -> np.ndarray:
        """Return a file's image, uint8 (C, H, W).

        Raises:
            ImageDecodingError: it cannot be decoded.
            ImageStepsError: a step cannot be applied to it, or it ends in another shape.
        """
        image = prepare_image(content, self.channels, self.steps)
        if image.shape != self.shape:
            raise ImageStepsError(
                f"ends as {size_in_words(image.shape)} after the steps of the training; the model "
                f"knows {size_in_words(self.shape)}"
            )
        return image
