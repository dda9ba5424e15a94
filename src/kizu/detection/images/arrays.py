"""Image arrays as detectors take them."""

import numpy as np


def check_images(
    images: np.ndarray, shape: tuple[int, ...] | None = None, *, square: bool = False
) -> np.ndarray:
    """Return ``images`` if they are an array uint8 (N, C, H, W) with at least one image.

    Args:
        images: to be checked.
        shape: (C, H, W) of the images that the detector was fitted on; None takes any.
        square: whether H and W must be equal.

    Raises:
        ValueError: another type or shape; it names what came and what is allowed.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or not len(images):
        raise ValueError(
            "images must be a uint8 array (N, C, H, W) with N at least 1, "
            f"got {images.dtype} {images.shape}"
        )
    if shape is not None and images.shape[1:] != tuple(shape):
        raise ValueError(
            f"images must be (N, {', '.join(map(str, shape))}) as those the detector was fitted "
            f"on, got {images.shape}"
        )
    if square and images.shape[2] != images.shape[3]:
        raise ValueError(f"images must be as high as wide, got {images.shape}")
    return images


def residual_map(images: np.ndarray, reconstructions: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference over the channels, (N, H, W) float32 in [0, 1].

    Args:
        images: uint8 (N, C, H, W).
        reconstructions: of the same type and shape.
    """
    difference = images.astype(np.int16) - reconstructions
    return np.abs(difference).mean(axis=1, dtype=np.float32) / 255
