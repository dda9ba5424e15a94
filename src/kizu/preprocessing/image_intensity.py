"""Operations on how bright pixels are: exposure, black and white, smoothing."""

from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from kizu.preprocessing.image_arrays import require_channels, with_channel_axis

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
WindowSize = Annotated[int, Field(gt=0, le=255)]


def scale_exposure(
    image: np.ndarray, *, factor: Annotated[float, Field(ge=0, allow_inf_nan=False)]
) -> np.ndarray:
    """Return the image as if exposed ``factor`` times as long: every value times ``factor``.

    Values stay in the range of their type: they are rounded, and what is too bright becomes white.
    (The product in the type itself would wrap around, and a bright pixel come out dark.)

    Args:
        image: uint8, uint16, or floats from 0 (black) to 1 (white).
        factor: below 1 darkens.

    Raises:
        TypeError: the image has values of another type.
    """
    if np.issubdtype(image.dtype, np.floating):
        return np.clip(image * image.dtype.type(factor), 0, 1)
    if image.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"an exposure is of uint8, uint16 or float values, not of {image.dtype}")
    highest = np.iinfo(image.dtype).max
    # Few values, many pixels: each value's product is formed once.
    table = np.minimum(np.rint(np.arange(highest + 1) * factor), highest).astype(image.dtype)
    return table[image]


def binarize(image: np.ndarray, *, threshold: Annotated[int, Field(ge=0, le=255)]) -> np.ndarray:
    """Return 255 where a gray image is brighter than ``threshold``, and 0 elsewhere.

    Raises:
        ValueError: the image has colors.
    """
    require_channels(image, 1, "binarize")
    return np.where(image > threshold, np.uint8(255), np.uint8(0))


def otsu_threshold(image: np.ndarray) -> int:
    """Return the threshold that parts the values into the two groups furthest apart.

    It maximizes the variance between the groups (Otsu 1979, "A threshold selection method from
    gray-level histograms", equation 18).

    Args:
        image: uint8 of any shape.
    """
    import cv2

    threshold, _ = cv2.threshold(image.reshape(1, -1), 0, 255, cv2.THRESH_OTSU)
    return int(threshold)


def binarize_otsu(image: np.ndarray) -> np.ndarray:
    """Return a gray image in black and white, with the threshold of :func:`otsu_threshold`.

    Raises:
        ValueError: the image has colors.
    """
    require_channels(image, 1, "binarize_otsu")
    return binarize(image, threshold=otsu_threshold(image))


def smooth_box(image: np.ndarray, *, size: WindowSize) -> np.ndarray:
    """Return the mean of the ``size`` × ``size`` pixels around each; borders are mirrored."""
    import cv2

    return with_channel_axis(cv2.blur(image, (size, size)))


def smooth_gaussian(image: np.ndarray, *, sigma: Positive) -> np.ndarray:
    """Return the mean around each pixel, weighted by a Gaussian; borders are mirrored.

    Args:
        image: (H, W, C).
        sigma: standard deviation in pixels.
    """
    import cv2

    return with_channel_axis(cv2.GaussianBlur(image, (0, 0), sigma))


def _check_odd(size: int) -> int:
    if size % 2 == 0:
        raise ValueError("must be odd, so that a pixel is in the middle")
    return size


def smooth_median(
    image: np.ndarray, *, size: Annotated[WindowSize, AfterValidator(_check_odd)]
) -> np.ndarray:
    """Return the median of the ``size`` × ``size`` pixels around each; borders are repeated.

    It removes single wrong pixels and keeps edges sharp.
    """
    import cv2

    return with_channel_axis(cv2.medianBlur(image, size))


def smooth_bilateral(
    image: np.ndarray, *, size: WindowSize, color_sigma: Positive, space_sigma: Positive
) -> np.ndarray:
    """Return the mean of pixels that are near in place and in color, so that edges stay.

    Tomasi and Manduchi 1998, "Bilateral filtering for gray and color images". Borders are mirrored.

    Args:
        image: (H, W, C).
        size: diameter of the neighborhood in pixels.
        color_sigma: how far values may differ, as a standard deviation.
        space_sigma: how far pixels may be apart, as a standard deviation in pixels.
    """
    import cv2

    return with_channel_axis(cv2.bilateralFilter(image, size, color_sigma, space_sigma))
