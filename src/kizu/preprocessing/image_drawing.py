"""Text and rectangles drawn into images."""

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from kizu.preprocessing.image_arrays import (
    Color,
    as_pillow,
    color_values,
    from_pillow,
)

if TYPE_CHECKING:
    from cv2 import FontFace

# OpenCV's own font of most of the world's scripts (WenQuanYi Micro Hei): Latin, Greek, Cyrillic,
# Chinese, Japanese, Korean and others. Any font falls back to it.
_WORLD_FONT = "uni"
# What OpenCV draws for a character that no font has.
_REPLACEMENT = "?"
# OpenCV's fonts keep a cache of glyphs without saying whether threads may share it.
_DRAWING = Lock()


def draw_text(
    image: np.ndarray,
    *,
    text: Annotated[str, Field(min_length=1)],
    top: int,
    left: int,
    size: Annotated[int, Field(gt=0)],
    color: Color = "white",
    font: str | None = None,
) -> np.ndarray:
    """Return the image with a text on it; what reaches beyond the image is cut off.

    Args:
        image: uint8 (H, W, C).
        text: any Unicode text; a line break starts another line.
        top: of the first line, in pixels.
        left: of the text, in pixels.
        size: height of a line in pixels.
        color: a CSS name or "#rrggbb".
        font: a TrueType file; by default a font that has the letters of most scripts, Japanese,
            Chinese and Korean among them, and no emoji. Letters that the file lacks are drawn in
            the default font.

    Raises:
        ValueError: the file is no font, or no font has one of the characters.
    """
    import cv2

    face = _font_face(font)
    canvas, ink = np.array(image), color_values(color, image.shape[2])
    with _DRAWING:
        missing = sorted({character for character in text if _is_missing(character, face)})
        if missing:
            listed = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in missing)
            raise ValueError(f"the font lacks {listed}: leave it out, or name a font that has it")
        cv2.putText(canvas, text, (left, top + size), ink, face, size)
    return canvas


def draw_rectangle(
    image: np.ndarray,
    *,
    top: int,
    left: int,
    height: Annotated[int, Field(gt=0)],
    width: Annotated[int, Field(gt=0)],
    color: Color = "white",
    thickness: Annotated[int, Field(gt=0)] | None = 1,
) -> np.ndarray:
    """Return the image with a rectangle on it; what reaches beyond the image is cut off.

    Args:
        image: uint8 (H, W, C).
        top: the first row of the rectangle.
        left: its first column.
        height: in pixels, the outline included.
        width: likewise.
        color: a CSS name or "#rrggbb".
        thickness: of the outline, which grows inwards; None fills the rectangle.
    """
    from PIL import ImageDraw

    canvas = as_pillow(image)
    box = (left, top, left + width - 1, top + height - 1)
    ink = color_values(color, image.shape[2])
    draw = ImageDraw.Draw(canvas)
    if thickness is None:
        draw.rectangle(box, fill=ink)
    else:
        draw.rectangle(box, outline=ink, width=thickness)
    return from_pillow(canvas)


@cache
def _font_face(path: str | None) -> "FontFace":
    import cv2
    from PIL import ImageFont

    if path is None:
        return cv2.FontFace(_WORLD_FONT)
    try:
        ImageFont.truetype(path)  # OpenCV does not survive a file that is no font
    except OSError as error:
        raise ValueError(f"{path} is no TrueType font that can be read: {error}") from error
    return cv2.FontFace(path)


def _is_missing(character: str, face: "FontFace") -> bool:
    """Say whether the replacement is drawn in a character's place."""
    if character == _REPLACEMENT:
        return False
    return np.array_equal(_glyph(character, face), _glyph(_REPLACEMENT, face))


def _glyph(character: str, face: "FontFace") -> np.ndarray:
    import cv2

    canvas = np.zeros((48, 64), np.uint8)
    cv2.putText(canvas, character, (0, 36), (255,), face, 32)
    return canvas
