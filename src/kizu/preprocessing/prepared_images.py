"""The images of a manifest, each decoded and prepared when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kizu.preprocessing.images import Channels, ImageDecodingError, load_image
from kizu.preprocessing.steps import Step, apply_steps


class ImageStepsError(ValueError):
    """The steps in the parameters do not fit the images."""


def prepare_image(content: bytes | Path, channels: Channels, steps: Sequence[Step]) -> np.ndarray:
    """Return a file's image after all steps, uint8 (C, H, W).

    Raises:
        ImageDecodingError: it cannot be decoded.
        ImageStepsError: a step cannot be applied to it.
    """
    image = load_image(content, channels)
    try:
        return apply_steps(image, steps).transpose(2, 0, 1)
    except ValueError as error:
        raise ImageStepsError(str(error)) from error


@dataclass(frozen=True)
class PreparedImages:
    """A function from an image's number to its values; it can be sent to another process.

    Attributes:
        files: the raw files by path.
        paths: of the images, in order.
        channels: how a file is decoded.
        steps: what is done with each image.
        shape: (C, H, W) that every image must end in.
    """

    files: Mapping[str, bytes | Path]
    paths: Sequence[str]
    channels: Channels
    steps: Sequence[Step]
    shape: tuple[int, ...] | None = None

    def __call__(self, number: int) -> np.ndarray:
        """Return an image, uint8 (C, H, W).

        Raises:
            ImageDecodingError: its file is missing or damaged.
            ImageStepsError: a step cannot be applied to it, or it ends in another shape.
        """
        image = self.prepare(number)
        if self.shape is not None and image.shape != self.shape:
            _, height, width = self.shape
            raise ImageStepsError(
                f"{self.paths[number]} ends as {size_in_words(image.shape)} after images.steps, "
                f"but {self.paths[0]} as {size_in_words(self.shape)}. Add a step that gives all "
                f"images one shape, for instance {{resize: {{height: {height}, width: {width}}}}} "
                "or, where all are large enough, "
                f"{{center_crop: {{height: {height}, width: {width}}}}}."
            )
        return image

    def prepare(self, number: int) -> np.ndarray:
        """Return an image in whatever shape it ends."""
        path = self.paths[number]
        try:
            return prepare_image(self.files[path], self.channels, self.steps)
        except (KeyError, ImageDecodingError) as error:
            raise ImageDecodingError(
                f"{path} is in the manifest, but the raw file is missing or {error}. "
                "Run the stage ingest_images again."
            ) from error
        except ImageStepsError as error:
            raise ImageStepsError(f"images.steps on {path}: {error}.") from error


def size_in_words(shape: tuple[int, ...]) -> str:
    """Return a shape (C, H, W) as a person would say it."""
    channels, height, width = shape
    return f"{height} × {width} {'gray' if channels == 1 else 'color'} pixels (height × width)"
