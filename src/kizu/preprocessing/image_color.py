"""Operations on an image's channels: their order, gray, and YCbCr as one matrix product."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kizu.preprocessing.blocks import usable_cores
from kizu.preprocessing.image_arrays import as_pillow, from_pillow, require_channels

# Rows Y, Cb, Cr of R, G, B; ITU-R BT.601 with the full range of values, as in JPEG (JFIF 1.02).
YCBCR = np.array([[0.299, 0.587, 0.114], [-0.16874, -0.33126, 0.5], [0.5, -0.41869, -0.081]])
# Added to Cb and Cr, which are zero for gray, so that they fit a byte: JPEG's own convention.
YCBCR_OFFSET = np.array([0.0, 128.0, 128.0])

_PIXELS_A_THREAD = 2**20


def reverse_channels(image: np.ndarray) -> np.ndarray:
    """Return the image with its channels in the opposite order: RGB becomes BGR, and back."""
    return np.ascontiguousarray(image[:, :, ::-1])


def grayscale(image: np.ndarray) -> np.ndarray:
    """Return the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, as (H, W, 1)."""
    return from_pillow(as_pillow(image).convert("L"))


def to_ycbcr(image: np.ndarray) -> np.ndarray:
    """Return Y, Cb + 128, Cr + 128 of an RGB image (H, W, 3): one matrix product.

    Values are rounded and end at 0 and 255. The product is in fixed point: a byte is within 0.6 of
    the exact value.

    Raises:
        ValueError: the image is gray.
    """
    require_channels(image, 3, "to_ycbcr")
    return _transform(image, YCBCR, YCBCR_OFFSET)


def from_ycbcr(image: np.ndarray) -> np.ndarray:
    """Return the RGB image of what :func:`to_ycbcr` made; the rounding of both adds up to 2.

    Raises:
        ValueError: the image is gray.
    """
    require_channels(image, 3, "from_ycbcr")
    inverse = np.linalg.inv(YCBCR)
    return _transform(image, inverse, -inverse @ YCBCR_OFFSET)


def _transform(image: np.ndarray, matrix: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return ``matrix @ pixel + offset`` of every pixel; large images in strips, one a thread."""
    import cv2

    affine = np.column_stack([matrix, offset])
    strips = min(usable_cores(), image.shape[0] * image.shape[1] // _PIXELS_A_THREAD)
    if strips < 2:
        return cv2.transform(image, affine)
    result = np.empty_like(image)
    bounds = np.linspace(0, len(image), strips + 1).astype(int)

    def work(start: int, stop: int) -> None:
        cv2.transform(image[start:stop], affine, dst=result[start:stop])

    with ThreadPoolExecutor(strips) as pool:
        list(pool.map(work, bounds[:-1], bounds[1:]))
    return result
