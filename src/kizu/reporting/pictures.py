"""Pixels and files as data URIs, so that the report needs no file beside it."""

import base64
import io
import struct

import numpy as np
from PIL import Image

# Of the figures that stages save: enough for a dense screen and for paper.
DOTS_PER_INCH = 144
# Longest side of an image whose single pixels matter to the eye.
_EXACT_PIXELS = 64

# Black over violet and orange to a light yellow: brightness rises all along, so the order of the
# values survives any color vision and a gray printer (anchor colors of matplotlib's "inferno").
_HEAT = np.array(
    [[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 164]],
    dtype=np.float64,
)


def data_uri(content: bytes, media_type: str = "image/png") -> str:
    """The bytes of a file as a ``data:`` address."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels, from its header.

    Raises:
        ValueError: when the bytes are no PNG.
    """
    if png[:8] != b"\x89PNG\r\n\x1a\n" or png[12:16] != b"IHDR":
        raise ValueError("the bytes are no PNG image")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def encode_png(pixels: np.ndarray) -> bytes:
    """A uint8 array (H, W) or (H, W, 3) as the bytes of a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def small_image_uri(pixels: np.ndarray) -> str:
    """A uint8 array (H, W) or (H, W, 3) as a ``data:`` address of few bytes.

    Images of few pixels keep each of them; beyond that, as a photograph, JPEG takes a fifth.
    """
    if max(pixels.shape[:2]) <= _EXACT_PIXELS:
        return data_uri(encode_png(pixels))
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="JPEG", quality=90)
    return data_uri(buffer.getvalue(), "image/jpeg")


def heat_map(values: np.ndarray, highest: float) -> np.ndarray:
    """(H, W) magnitudes to (H, W, 3) uint8: zero is black, ``highest`` and beyond the brightest.

    Values that are not finite, and a ``highest`` of zero, come out black.
    """
    scale = highest if highest > 0 else 1.0
    position = np.clip(np.nan_to_num(np.abs(values), posinf=scale) / scale, 0, 1)
    anchors = np.linspace(0, 1, len(_HEAT))
    colors = np.stack([np.interp(position, anchors, channel) for channel in _HEAT.T], axis=-1)
    return np.rint(colors).astype(np.uint8)


def shrink(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Average neighboring values until at most ``height`` × ``width`` are left.

    Args:
        values: (H, W) or (H, W, 3); what fits is returned as it is.
        height: most rows.
        width: most columns.

    Returns:
        Of the type of ``values``; integers are rounded.
    """
    small = values
    for axis, most in enumerate((height, width)):
        size = small.shape[axis]
        if size > most:
            edges = np.arange(most) * size // most
            counts = np.diff(np.append(edges, size))
            shape = [-1 if dimension == axis else 1 for dimension in range(small.ndim)]
            sums = np.add.reduceat(small.astype(np.float64), edges, axis=axis)
            small = sums / counts.reshape(shape)
    if np.issubdtype(values.dtype, np.integer):
        small = np.rint(small)
    return small.astype(values.dtype)
