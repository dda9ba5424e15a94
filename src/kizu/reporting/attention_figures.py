"""Where an attention layer looks."""

import numpy as np
from matplotlib.figure import Figure

from kizu.reporting.style import PALETTE, house_style, new_figure

# Places that ask, as shares of height and width.
_PLACES = ((0.25, 0.25), (0.25, 0.75), (0.5, 0.5), (0.75, 0.5))
_CELL_INCHES = 0.9


def attention_figure(images: np.ndarray, maps: np.ndarray) -> Figure:
    """An image a row: the image with four marked places, then what each place looks at.

    Zhang et al. 2019, "Self-attention generative adversarial networks", figure 5.

    Args:
        images: uint8 (N, C, H, W) with C = 1 or 3.
        maps: (N, R, S, r, s), for each of R x S places its weights over r x s places.
    """
    count, _, height, width = images.shape
    pictures = images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)
    columns = 1 + len(_PLACES)
    with house_style():
        figure = new_figure(_CELL_INCHES * columns, _CELL_INCHES * count)
        for row in range(count):
            axes = figure.add_subplot(count, columns, row * columns + 1)
            axes.imshow(pictures[row], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set_axis_off()
            for position, (down, right) in enumerate(_PLACES):
                color = PALETTE[position]
                place = ((width - 1) * right, (height - 1) * down)
                axes.plot(*place, marker="o", markersize=4, color=color, markeredgecolor="white")
                asked = maps[row, int(maps.shape[1] * down), int(maps.shape[2] * right)]
                beside = figure.add_subplot(count, columns, row * columns + 2 + position)
                beside.imshow(asked, cmap="inferno", vmin=0, interpolation="nearest")
                beside.grid(visible=False)
                beside.set(xticks=[], yticks=[])
                beside.spines[:].set(visible=True, color=color, linewidth=1.6)
    return figure
