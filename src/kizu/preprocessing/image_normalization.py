"""From bytes to the floats that networks expect, and back.

Arrays are (…, C) with the channels last, one image or many.
"""

import numpy as np

# Of the images of ImageNet scaled to [0, 1]: what torchvision's pretrained networks expect.
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def to_signed_unit(images: np.ndarray) -> np.ndarray:
    """Return uint8 values as float32 in [-1, 1], as generators with a tanh make them."""
    return images.astype(np.float32) / np.float32(127.5) - np.float32(1)


def from_signed_unit(images: np.ndarray) -> np.ndarray:
    """Return floats in [-1, 1] as uint8: rounded, and what lies beyond is cut off."""
    return _to_bytes((images + 1) * 127.5)


def to_imagenet(images: np.ndarray) -> np.ndarray:
    """Return uint8 RGB values as float32 with ImageNet's mean 0 and standard deviation 1.

    Args:
        images: (…, 3).
    """
    unit = images.astype(np.float32) / np.float32(255)
    return (unit - IMAGENET_MEAN) / IMAGENET_DEVIATION


def from_imagenet(images: np.ndarray) -> np.ndarray:
    """Return what :func:`to_imagenet` made as uint8: rounded, and what lies beyond is cut off.

    Args:
        images: (…, 3).
    """
    return _to_bytes((images * IMAGENET_DEVIATION + IMAGENET_MEAN) * 255)


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
