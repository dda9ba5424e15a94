"""Figures that show a set of images: examples of every class, and the values of their pixels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from kizu.reporting.grids import image_grid
from kizu.reporting.pictures import DOTS_PER_INCH
from kizu.reporting.style import house_style, line_look, new_figure

_CELL_INCHES = 0.55
_CELL_PIXELS = int(_CELL_INCHES * DOTS_PER_INCH)
_MOST_CLASSES = 20
_PADDING = 2
_VALUES_A_BAR = 4
# Red, green and blue of the palette, so that a line has the color it counts.
_CHANNEL_LINES = (1, 2, 0)
_BINS = 48


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
    # Every n-th pixel of an image larger than its cell is enough.
    stride = max(1, images.shape[2] // _CELL_PIXELS)
    cell = images[:1, :, ::stride, ::stride].shape[1:]
    cells = np.full((len(rows) * examples, *cell), 255, np.uint8)
    for row, name in enumerate(rows):
        shown = images[members[name]][:, :, ::stride, ::stride]
        cells[row * examples : row * examples + len(members[name])] = shown
    canvas = image_grid(cells, columns=examples, padding=_PADDING)
    cell_height = cell[1] + _PADDING
    title = "Examples of each class"
    if len(members) > len(rows):
        title += f" (the first {len(rows)} of {len(members)})"
    with house_style():
        figure = new_figure(_CELL_INCHES * examples + 0.6, _CELL_INCHES * len(rows) + 0.4)
        axes = figure.add_subplot()
        axes.imshow(canvas, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_title(title)
        axes.set_xticks([])
        axes.set_yticks((np.arange(len(rows)) + 0.5) * cell_height - _PADDING / 2 - 0.5, rows)
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
    return figure


def pixel_histogram(counts: np.ndarray) -> Figure:
    """How many pixels have each value, by channel, on a logarithmic axis.

    Args:
        counts: (C, 256) with C = 1 (gray) or 3 (RGB); four values make a bar.
    """
    names = _channel_names(len(counts))
    bars = counts.reshape(len(counts), -1, _VALUES_A_BAR).sum(axis=2)
    with house_style():
        figure = new_figure(4.8, 2.8)
        axes = figure.add_subplot()
        for position, (name, channel) in enumerate(zip(names, bars, strict=True)):
            edges = np.arange(len(channel) + 1) * _VALUES_A_BAR
            axes.stairs(channel, edges, label=name, **line_look(_CHANNEL_LINES[position]))
        axes.set_yscale("log")
        axes.set_xlim(0, 256)
        axes.set_xlabel("pixel value")
        axes.set_ylabel("pixels")
        axes.set_title("Histogram of pixel values")
        if len(names) > 1:
            axes.legend()
    return figure


def channel_histograms(images: Mapping[str, np.ndarray]) -> Figure:
    """How often values occur in each channel of float images, a panel an image.

    Args:
        images: what is written above the panel, and the values (H, W, C), C = 1 or 3.
    """
    with house_style():
        figure = new_figure(3.0 * len(images), 2.4)
        for position, (title, image) in enumerate(images.items(), start=1):
            axes = figure.add_subplot(1, len(images), position)
            edges = np.linspace(image.min(), image.max(), _BINS + 1)
            for channel, name in enumerate(_channel_names(image.shape[2])):
                counts, _ = np.histogram(image[:, :, channel], edges)
                axes.stairs(counts, edges, label=name, **line_look(_CHANNEL_LINES[channel]))
            axes.set_title(title)
            axes.set_xlabel("value")
            axes.set_ylabel("pixels")
        axes.legend()
    return figure


def _channel_names(count: int) -> list[str]:
    return ["gray"] if count == 1 else ["red", "green", "blue"]
