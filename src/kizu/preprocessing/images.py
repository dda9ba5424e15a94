"""From image files to arrays and back: decode, 8 bits, channels; encode.

Arrays are uint8 (H, W, C), values 0 (black) to 255 (white).
"""

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np

from kizu.preprocessing.image_arrays import as_pillow, from_pillow
from kizu.preprocessing.plain_images import decode_plain

if TYPE_CHECKING:
    from PIL.Image import Image

Channels = Literal["gray", "rgb"]
Form = Literal["png", "jpeg", "webp", "bmp", "tiff"]

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
            ImageOps.exif_transpose(image, in_place=True)
            return image
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
    mode = "L" if channels == "gray" else "RGB"
    if image.mode == mode:
        return image
    return (image if image.mode in ("L", "RGB") else image.convert("RGB")).convert(mode)


def load_image(content: bytes | Path, channels: Channels) -> np.ndarray:
    """Return a file's image as a uint8 array (H, W, C), C = 1 (gray) or 3 (R, G, B).

    Raises:
        ImageDecodingError: it cannot be decoded, or its values have no fixed range.
    """
    with suppress(OSError):  # Pillow's path says what is wrong
        plain = decode_plain(content if isinstance(content, bytes) else content.read_bytes())
        if plain is not None:
            right = plain.shape[2] == CHANNEL_COUNTS[channels]
            return plain if right else from_pillow(to_channels(as_pillow(plain), channels))
    return from_pillow(to_channels(flatten_transparency(to_8_bit(decode(content))), channels))


def encode_image(image: np.ndarray, form: Form, *, quality: int | None = None) -> bytes:
    """Return an image (H, W, C) as the content of a file.

    PNG, TIFF and BMP keep every value; so does WebP without a ``quality``. JPEG, and WebP with
    one, are smaller and inexact.

    Args:
        image: uint8 (H, W, C).
        form: of the file.
        quality: of JPEG (75 by default) and WebP, 0 to 100; the others have none.
    """
    buffer = io.BytesIO()
    options = {"lossless": form == "webp"} if quality is None else {"quality": quality}
    as_pillow(image).save(buffer, form.upper(), **options)
    return buffer.getvalue()
