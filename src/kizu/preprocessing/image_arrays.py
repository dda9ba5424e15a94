"""What the operations on images share: arrays (H, W, C), and the libraries' own forms.

An image is a uint8 array (H, W, C), C = 1 (gray) or 3 (in the order R, G, B); 0 is black.
"""

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import AfterValidator

if TYPE_CHECKING:
    from PIL.Image import Image


def as_pillow(image: np.ndarray) -> "Image":
    """Return an image (H, W, C) as Pillow's."""
    from PIL import Image

    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)


def with_channel_axis(pixels: np.ndarray) -> np.ndarray:
    """Return (H, W, C); libraries drop the axis of a single channel."""
    return pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels


def from_pillow(image: "Image") -> np.ndarray:
    """Return Pillow's gray or RGB image as an array (H, W, C)."""
    return with_channel_axis(np.asarray(image))


def require_channels(image: np.ndarray, count: int, operation: str) -> None:
    """Raise a ValueError unless the image has ``count`` channels."""
    if image.shape[2] != count:
        have, need = (("gray", "a color"), ("color", "a gray"))[image.shape[2] == 3]
        way_out = "set images.channels to rgb" if count == 3 else "put the step grayscale before it"
        raise ValueError(f"{operation} needs {need} image, and this one is {have}: {way_out}")


def _check_color(name: str) -> str:
    from PIL import ImageColor

    ImageColor.getrgb(name)
    return name


# A CSS name or "#rrggbb".
Color = Annotated[str, AfterValidator(_check_color)]


def color_values(color: str, channels: int) -> tuple[int, ...]:
    """Return the values of a color, one a channel: R, G, B, or the luma."""
    from PIL import ImageColor

    value = ImageColor.getcolor(color, "L" if channels == 1 else "RGB")
    return value if isinstance(value, tuple) else (value,)
