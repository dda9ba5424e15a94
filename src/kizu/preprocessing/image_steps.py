"""The operations on images that parameters may name; see :mod:`kizu.preprocessing.steps`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator

from kizu.preprocessing import (
    image_color,
    image_drawing,
    image_geometry,
    image_intensity,
    image_scrambling,
)
from kizu.preprocessing.steps import Step, parse_steps

IMAGE_STEPS: Mapping[str, Callable[..., np.ndarray]] = {
    operation.__name__: operation
    for operation in (
        image_geometry.crop,
        image_geometry.center_crop,
        image_geometry.resize,
        image_geometry.resize_short_side,
        image_geometry.rotate,
        image_geometry.flip_horizontally,
        image_geometry.flip_vertically,
        image_color.reverse_channels,
        image_color.grayscale,
        image_color.to_ycbcr,
        image_color.from_ycbcr,
        image_intensity.scale_exposure,
        image_intensity.binarize,
        image_intensity.binarize_otsu,
        image_intensity.smooth_box,
        image_intensity.smooth_gaussian,
        image_intensity.smooth_median,
        image_intensity.smooth_bilateral,
        image_scrambling.scramble_colors,
        image_scrambling.unscramble_colors,
        image_scrambling.scramble_blocks,
        image_scrambling.unscramble_blocks,
        image_drawing.draw_text,
        image_drawing.draw_rectangle,
    )
}

ImageSteps = Annotated[
    tuple[Step, ...], BeforeValidator(partial(parse_steps, functions=IMAGE_STEPS))
]
"""A list of these operations in the parameters."""
