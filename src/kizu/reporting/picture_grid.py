"""Small pictures side by side, each pixel a square of whole pixels, with a line of text above."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from kizu.reporting.pictures import DOTS_PER_INCH
from kizu.reporting.style import house_style, new_figure

_WIDTH = 6 * DOTS_PER_INCH
_LARGEST_HEIGHT = 200
_GAP = 12
_LINE = 22


def picture_grid(pictures: Sequence[tuple[str, np.ndarray]], *, columns: int) -> Figure:
    """Pictures row by row, each magnified by the largest whole factor with which it fits.

    So a pixel is a sharp square, and what is seen is what the array holds.

    Args:
        pictures: what is written above each, one line a line break, and the uint8 image (H, W, C)
            with C = 1 (gray) or 3 (RGB).
        columns: pictures a row; the width of the figure, 6 inches at most, is shared.
    """
    cell = (_WIDTH - _GAP) // columns - _GAP
    factors = [_factor(image, cell) for _, image in pictures]
    sizes = [
        (image.shape[0] * factor, image.shape[1] * factor)
        for (_, image), factor in zip(pictures, factors, strict=True)
    ]
    text = _LINE * max(label.count("\n") + 1 for label, _ in pictures)
    row_heights = [
        text + _GAP + max(height for height, _ in sizes[first : first + columns])
        for first in range(0, len(pictures), columns)
    ]
    column_width = _GAP + max(width for _, width in sizes)
    # A text is wider than a very narrow picture.
    column_width = max(column_width, cell // 2)
    total_width = min(columns, len(pictures)) * column_width + _GAP
    total_height = sum(row_heights) + _GAP
    with house_style():
        figure = new_figure(total_width / DOTS_PER_INCH, total_height / DOTS_PER_INCH)
        figure.set_layout_engine("none")  # every picture has its place, to the pixel
        for number, ((label, image), (height, width)) in enumerate(
            zip(pictures, sizes, strict=True)
        ):
            row, column = divmod(number, columns)
            left = _GAP + column * column_width
            top = sum(row_heights[:row]) + text + _GAP / 2
            axes = figure.add_axes(
                (
                    left / total_width,
                    1 - (top + height) / total_height,
                    width / total_width,
                    height / total_height,
                )
            )
            # As three channels: a color map of gray rounds some values down.
            shown = np.broadcast_to(image, (*image.shape[:2], 3))
            axes.imshow(shown, interpolation="nearest", aspect="auto")
            axes.set_axis_off()
            axes.set_title(label, size=8, weight="normal", pad=3)
    return figure


def _factor(image: np.ndarray, cell: int) -> int:
    return max(1, min(cell // image.shape[1], _LARGEST_HEIGHT // image.shape[0]))
