"""Exhibits of operations on where an image's pixels are."""

from typing import get_args

import numpy as np

from kizu.preprocessing.image_drawing import draw_rectangle
from kizu.preprocessing.image_geometry import (
    Interpolation,
    crop,
    flip_horizontally,
    flip_vertically,
    resize,
    rotate,
)
from kizu.reporting.gallery import Exhibit, exhibit
from kizu.reporting.picture_grid import picture_grid

_SMALLER = 4
_INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)


def cropped(sample: np.ndarray) -> Exhibit:
    """Return a rectangle of the image, and where it lies."""
    top, left = sample.shape[0] // 4, sample.shape[1] // 4
    height, width = max(1, sample.shape[0] // 2), max(1, sample.shape[1] // 2)
    part = crop(sample, top=top, left=left, height=height, width=width)
    framed = draw_rectangle(sample, top=top, left=left, height=height, width=width)
    return exhibit(
        "crop",
        "Crop",
        f"Rows {top} to {top + height} and columns {left} to {left + width}, magnified: "
        f"{part.size / sample.size:.0%} of the pixels.",
        picture_grid([("where", framed), ("crop", part)], columns=2),
    )


def made_smaller(sample: np.ndarray) -> Exhibit:
    """Return the image at a quarter of its size by every interpolation."""
    height, width = (max(1, side // _SMALLER) for side in sample.shape[:2])
    small = {name: _resize(sample, height, width, name) for name in _INTERPOLATIONS}
    restored = {name: _like(sample, image, "bicubic") for name, image in small.items()}
    pictures, sentence = _compare(sample, small, restored)
    return exhibit(
        "resize_down",
        "Resize: smaller",
        f"To {height} × {width} pixels (height × width), shown magnified. The error is the mean "
        f"absolute difference from the original, once made large again (bicubic): {sentence}.",
        picture_grid([("original", sample), *pictures], columns=4),
    )


def made_larger(sample: np.ndarray) -> Exhibit:
    """Return a small image made larger again by every interpolation."""
    height, width = (max(1, side // _SMALLER) for side in sample.shape[:2])
    small = _resize(sample, height, width, "area")
    large = {name: _like(sample, small, name) for name in _INTERPOLATIONS}
    pictures, sentence = _compare(sample, large, large)
    return exhibit(
        "resize_up",
        "Resize: larger",
        f"From {small.shape[0]} × {small.shape[1]} to {sample.shape[0]} × {sample.shape[1]} pixels "
        "(height × width). The error is the mean absolute difference from the original: "
        f"{sentence}.",
        picture_grid([("small", small), *pictures], columns=4),
    )


def rotated(sample: np.ndarray) -> Exhibit:
    """Return the image turned, cut off and expanded."""
    expanded = rotate(sample, degrees=15, expand=True, fill="white")
    back = rotate(rotate(sample, degrees=90, expand=True), degrees=-90, expand=True)
    equal = "yes" if np.array_equal(back, sample) else "no"
    return exhibit(
        "rotate",
        "Rotate",
        f"By 15 degrees: with the corners cut off, and expanded from {_size(sample)} to "
        f"{_size(expanded)} pixels (height × width). By 90 degrees and back, every pixel is the "
        f"same: {equal}.",
        picture_grid(
            [
                ("15 degrees", rotate(sample, degrees=15)),
                ("15 degrees, expanded", expanded),
                ("90 degrees", rotate(sample, degrees=90, expand=True)),
            ],
            columns=3,
        ),
    )


def flipped(sample: np.ndarray) -> Exhibit:
    """Return both flips."""
    sideways, upended = flip_horizontally(sample), flip_vertically(sample)
    same = [float((image == sample).all(axis=2).mean()) for image in (sideways, upended)]
    return exhibit(
        "flip",
        "Flip",
        f"Left and right, or top and bottom, exchanged; {same[0]:.1%} and {same[1]:.1%} of the "
        "pixels stay the same.",
        picture_grid(
            [("original", sample), ("horizontal", sideways), ("vertical", upended)], columns=3
        ),
    )


def _resize(image: np.ndarray, height: int, width: int, interpolation: Interpolation) -> np.ndarray:
    return resize(image, height=height, width=width, interpolation=interpolation)


def _like(sample: np.ndarray, image: np.ndarray, interpolation: Interpolation) -> np.ndarray:
    return _resize(image, sample.shape[0], sample.shape[1], interpolation)


def _compare(
    sample: np.ndarray,
    shown: dict[Interpolation, np.ndarray],
    final: dict[Interpolation, np.ndarray],
) -> tuple[list[tuple[str, np.ndarray]], str]:
    """Return labelled pictures with their errors, and a sentence on the best and the worst."""
    errors = {name: float(np.abs(final[name].astype(int) - sample).mean()) for name in final}
    order = sorted(errors, key=errors.__getitem__)
    pictures = [(f"{name}\nerror {errors[name]:.2f}", image) for name, image in shown.items()]
    best, worst = order[0], order[-1]
    return pictures, f"{errors[best]:.2f} with {best}, {errors[worst]:.2f} with {worst}"


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]} × {image.shape[1]}"
