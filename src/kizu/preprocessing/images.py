"""From image files to arrays of one size: decode, 8 bits, channels, size.

A step takes an image and returns one; :func:`prepare_image` puts them in order. Arrays are uint8
(C, H, W), values 0 (black) to 255 (white).
"""

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np

from kizu.preprocessing.blocks import read_blocks

if TYPE_CHECKING:
    from PIL.Image import Image

Channels = Literal["gray", "rgb"]
Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]

CHANNEL_COUNTS: dict[Channels, int] = {"gray": 1, "rgb": 3}

# What Pillow calls images of 16-bit and of 1-bit pixels, and those without a fixed range.
_MODES_16_BIT = {"I;16", "I;16B", "I;16L", "I;16N"}
_MODES_WITHOUT_RANGE = {"I", "F"}
_WHITE = 255


class ImageDecodingError(ValueError):
    """A file that holds no image which can be used."""


def as_file(content: bytes | Path) -> BinaryIO:
    """Open a content for reading, wherever it lies."""
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def decode(content: bytes | Path) -> "Image":
    """Return the image of a file, upright: a camera's EXIF orientation is applied.

    Raises:
        ImageDecodingError: the content is no image, cut short or damaged.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with as_file(content) as file, Image.open(file) as image:
            image.load()
            return ImageOps.exif_transpose(image)
    except UnidentifiedImageError as error:  # its own message has a memory address in it
        raise ImageDecodingError("holds no image of a known kind") from error
    except Exception as error:  # each of Pillow's formats has its own errors for damage
        raise ImageDecodingError(damage(error)) from error


def damage(error: Exception) -> str:
    """Say why reading a file failed, without its path: reasons are compared between machines."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"is cut short or damaged: {error}"


def to_8_bit(image: "Image") -> "Image":
    """Return an image whose values are 0 to 255.

    16-bit values are divided by 257, so that 65535 becomes 255; Pillow's own conversion would cut
    everything above 255 off.

    Raises:
        ImageDecodingError: the pixels are 32-bit integers or floats, which have no fixed range.
    """
    from PIL import Image

    if image.mode in _MODES_16_BIT:
        values = np.asarray(image).astype(np.float32)
        return Image.fromarray(np.rint(values / 257).astype(np.uint8))
    if image.mode in _MODES_WITHOUT_RANGE:
        raise ImageDecodingError(
            "has 32-bit pixels without a fixed range; save it with 8 or 16 bits a channel"
        )
    return image


def flatten_transparency(image: "Image") -> "Image":
    """Return an image without transparency: what shines through is white."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    colors = image.convert("RGBA")
    background = Image.new("RGBA", colors.size, (_WHITE, _WHITE, _WHITE, 255))
    return Image.alpha_composite(background, colors).convert("RGB")


def to_channels(image: "Image", channels: Channels) -> "Image":
    """Return a gray or an RGB image; palettes, CMYK and others are converted.

    Gray is the luma of ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B.
    """
    color = image if image.mode in ("L", "RGB") else image.convert("RGB")
    return color.convert("L" if channels == "gray" else "RGB")


def resize(image: "Image", size: int, interpolation: Interpolation) -> "Image":
    """Return an image of ``size`` × ``size`` pixels; other aspect ratios are stretched."""
    from PIL import Image

    if image.size == (size, size):
        return image
    return image.resize((size, size), Image.Resampling[interpolation.upper()])


def to_array(image: "Image") -> np.ndarray:
    """Return a gray or RGB image as a uint8 array (C, H, W)."""
    pixels = np.asarray(image)
    return pixels[np.newaxis] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def prepare_image(
    content: bytes | Path, *, channels: Channels, size: int, interpolation: Interpolation
) -> np.ndarray:
    """Return a file's image as a uint8 array (C, ``size``, ``size``).

    Raises:
        ImageDecodingError: it cannot be decoded, or its values have no fixed range.
    """
    image = flatten_transparency(to_8_bit(decode(content)))
    return to_array(resize(to_channels(image, channels), size, interpolation))


def count_values(images: np.ndarray) -> np.ndarray:
    """Return how often each value occurs in each channel.

    Args:
        images: uint8 (N, C, H, W); read in blocks.

    Returns:
        int64 (C, 256).
    """
    counts = np.zeros((images.shape[1], 256), np.int64)
    for block in read_blocks(images):
        for channel in range(images.shape[1]):
            counts[channel] += np.bincount(block[:, channel].ravel(), minlength=256)
    return counts


def summarize_values(counts: np.ndarray) -> dict[str, float]:
    """Return ``minimum``, ``maximum``, ``mean`` and ``standard_deviation`` of all channels.

    Args:
        counts: (C, 256), as from :func:`count_values`; at least one value.
    """
    total = counts.sum(axis=0)
    values = np.arange(256)
    present = values[total > 0]
    mean = float(total @ values / total.sum())
    variance = float(total @ (values - mean) ** 2 / total.sum())
    return {
        "minimum": float(present[0]),
        "maximum": float(present[-1]),
        "mean": mean,
        "standard_deviation": math.sqrt(variance),
    }
