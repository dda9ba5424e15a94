"""Figures that show a set of images: examples of every class, and the values of their pixels."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from kizu.reporting.style import house_style, line_look, new_figure

_CELL_INCHES = 0.55
_MOST_CLASSES = 20


def image_gallery(images: np.ndarray, class_names: Sequence[str], *, examples: int = 10) -> Figure:
    """The first ``examples`` images of every class, a class a row.

    Args:
        images: uint8 (N, C, H, W) with C = 1 or 3; only what is shown is read.
        class_names: the class of each image; of more than 20 classes the first 20 are shown.
        examples: images a class.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for item, name in enumerate(class_names):
        if len(members[name]) < examples:
            members[name].append(item)
    rows = sorted(members)[:_MOST_CLASSES]
    hidden = len(members) - len(rows)
    with house_style():
        figure = new_figure(_CELL_INCHES * examples + 1.2, _CELL_INCHES * len(rows) + 0.5)
        title = "Examples of each class"
        figure.suptitle(title + (f" (and {hidden} classes more)" if hidden else ""))
        grid = figure.subplots(len(rows), examples, squeeze=False)
        for axes in grid.flat:
            axes.set_axis_off()
        for row, name in enumerate(rows):
            grid[row, 0].text(
                -0.25, 0.5, name, transform=grid[row, 0].transAxes, ha="right", va="center"
            )
            for column, item in enumerate(members[name]):
                pixels = images[item].transpose(1, 2, 0)
                grid[row, column].imshow(
                    pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels,
                    interpolation="nearest",
                )
    return figure


def pixel_histogram(counts: np.ndarray) -> Figure:
    """How many pixels have each value, by channel, on a logarithmic axis.

    Args:
        counts: (C, 256) with C = 1 (gray) or 3 (RGB).
    """
    names = ["gray"] if len(counts) == 1 else ["red", "green", "blue"]
    with house_style():
        figure = new_figure(4.8, 2.8)
        axes = figure.add_subplot()
        for position, (name, channel) in enumerate(zip(names, counts, strict=True)):
            axes.stairs(channel, np.arange(257), label=name, **line_look(position))
        axes.set_yscale("log")
        axes.set_xlim(0, 256)
        axes.set_xlabel("pixel value")
        axes.set_ylabel("pixels")
        axes.set_title("Histogram of pixel values")
        if len(names) > 1:
            axes.legend()
    return figure
