"""Operations on where an image's pixels are: crop, resize, rotate, flip.

Each takes a uint8 image (H, W, C) and returns another; sizes and positions are in pixels, counted
from the top left.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from kizu.preprocessing.image_arrays import (
    Color,
    as_pillow,
    color_values,
    from_pillow,
    with_channel_axis,
)

Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos", "area"]
RotationInterpolation = Literal["nearest", "bilinear", "bicubic"]
Size = Annotated[int, Field(gt=0)]
Position = Annotated[int, Field(ge=0)]


_LONGEST_SIDE = 65_535


def crop(
    image: np.ndarray, *, top: Position, left: Position, height: Size, width: Size
) -> np.ndarray:
    """Return a rectangle of the image.

    Raises:
        ValueError: it reaches beyond the image.
    """
    if top + height > image.shape[0] or left + width > image.shape[1]:
        raise ValueError(
            f"a crop of rows {top} to {top + height} and columns {left} to {left + width} reaches "
            f"beyond an image of {image.shape[0]} × {image.shape[1]} pixels (height × width)"
        )
    return image[top : top + height, left : left + width]


def center_crop(image: np.ndarray, *, height: Size, width: Size) -> np.ndarray:
    """Return the middle of the image; an odd margin leaves the larger half below and right.

    Raises:
        ValueError: the image is smaller.
    """
    if height > image.shape[0] or width > image.shape[1]:
        raise ValueError(
            f"a center crop of {height} × {width} pixels (height × width) does not fit into an "
            f"image of {image.shape[0]} × {image.shape[1]}: resize it first"
        )
    return crop(
        image,
        top=(image.shape[0] - height) // 2,
        left=(image.shape[1] - width) // 2,
        height=height,
        width=width,
    )


def resize(
    image: np.ndarray, *, height: Size, width: Size, interpolation: Interpolation = "bilinear"
) -> np.ndarray:
    """Return an image of another size; another aspect ratio is stretched.

    All but "nearest" average over the pixels they merge when they make an image smaller, so that
    fine patterns do not turn into false ones. "area" weighs every pixel by how much of it a new
    one covers (OpenCV); the others are Pillow's.
    """
    if image.shape[:2] == (height, width):
        return image
    if interpolation == "area":
        import cv2

        return with_channel_axis(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
    from PIL import Image

    method = Image.Resampling[interpolation.upper()]
    return from_pillow(as_pillow(image).resize((width, height), method))


def resize_short_side(
    image: np.ndarray, *, size: Size, interpolation: Interpolation = "bilinear"
) -> np.ndarray:
    """Return an image whose shorter side has ``size`` pixels; the aspect ratio is kept.

    The longer side is rounded down, as torchvision does it.

    Raises:
        ValueError: the longer side would have more than 65,535 pixels.
    """
    height, width = image.shape[:2]
    short = min(height, width)
    if max(height, width) * size // short > _LONGEST_SIDE:
        raise ValueError(
            f"resize_short_side: {height} × {width} pixels (height × width) are too narrow to "
            f"have {size} on the shorter side; crop first"
        )
    return resize(
        image,
        height=height * size // short,
        width=width * size // short,
        interpolation=interpolation,
    )


def rotate(
    image: np.ndarray,
    *,
    degrees: Annotated[float, Field(allow_inf_nan=False)],
    expand: bool = False,
    fill: Color = "black",
    interpolation: RotationInterpolation = "bilinear",
) -> np.ndarray:
    """Return the image turned counterclockwise about its center.

    Args:
        image: (H, W, C).
        degrees: any angle; multiples of 90 move pixels without changing them.
        expand: make the image large enough to hold all of it; otherwise corners are cut off.
        fill: the color of what the image does not cover.
        interpolation: how pixels between pixels are made.
    """
    from PIL import Image

    turned = as_pillow(image).rotate(
        degrees,
        resample=Image.Resampling[interpolation.upper()],
        expand=expand,
        fillcolor=color_values(fill, image.shape[2]),
    )
    return from_pillow(turned)


def flip_horizontally(image: np.ndarray) -> np.ndarray:
    """Return the image with left and right exchanged."""
    return np.ascontiguousarray(image[:, ::-1])


def flip_vertically(image: np.ndarray) -> np.ndarray:
    """Return the image with top and bottom exchanged."""
    return np.ascontiguousarray(image[::-1])
