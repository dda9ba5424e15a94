"""Image files as the image detectors take them."""

from collections.abc import Sequence

import numpy as np

from kizu.preprocessing.images import ImageDecodingError
from kizu.preprocessing.prepared_images import ImageStepsError
from kizu.reporting.document import Block
from kizu.reporting.pictures import encode_png, heat_map
from kizu.reporting.sections.examples import brightest
from kizu.reporting.sections.examples_images import image_views
from kizu.scoring.file_reader import FileReader
from kizu.scoring.images.recipe import ImageRecipe
from kizu.scoring.reader import Chunk, Explanation
from kizu.sources.files import RejectedFileError, SourceFile
from kizu.sources.images import inspect_image


class ImageReader(FileReader):
    """Reads images by a recipe."""

    noun = "image"
    legend = (
        "The image as the detectors got it, and the heat map: the brighter, the more a pixel "
        "departs from what was expected. Each heat map has a scale of its own."
    )
    dtype = np.uint8

    def __init__(self, recipe: ImageRecipe) -> None:
        self._recipe = recipe
        self.shape = recipe.shape

    def item(self, file: SourceFile) -> np.ndarray:
        """Return the image, uint8 (C, H, W).

        Raises:
            RejectedFileError: it fails the checks, cannot be decoded, or ends in another shape.
        """
        inspect_image(file, self._recipe.checks)
        try:
            return self._recipe.apply(file.content)
        except (ImageDecodingError, ImageStepsError) as error:
            raise RejectedFileError(str(error)) from error

    def explain(self, chunk: Chunk, position: int, weights: np.ndarray) -> Explanation:
        """Return the image and its heat map; the brightest pixel is the one most to blame."""
        heat = heat_map(weights, float(weights.max()))
        image = np.broadcast_to(chunk.items[position].transpose(1, 2, 0), heat.shape)
        return Explanation(encode_png(np.concatenate([image, heat], axis=1)), ".png")

    def show(self, chunk: Chunk, position: int, weights: np.ndarray) -> Sequence[Block]:
        """Return the image beside its heat map."""
        return [image_views(chunk.items[position], weights, brightest(weights))]
