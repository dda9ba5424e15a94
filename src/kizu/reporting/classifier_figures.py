"""What a classifier gets wrong, how far it can be trusted, and what it looks at."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from kizu.reporting.picture_grid import picture_grid
from kizu.reporting.pictures import heat_map
from kizu.reporting.style import MUTED_COLOR, NORMAL_COLOR, house_style, new_figure

# Pixels that six inches leave to a row of pictures.
_ROW_PIXELS = 820
_MOST_COLUMNS = 6
_LONGEST_NAME = 14


def reliability_diagram(
    counts: np.ndarray, confidence: np.ndarray, accuracy: np.ndarray, *, error: float, title: str
) -> Figure:
    """Accuracy against confidence, bin by bin; a dot's size is its share of the samples.

    Guo et al. 2017, "On calibration of modern neural networks", figure 1.

    Args:
        counts: (M,) samples of each bin; empty ones are left out.
        confidence: (M,) mean confidence.
        accuracy: (M,) share named right.
        error: the expected calibration error.
        title: the heading.
    """
    filled = counts > 0
    areas = 10 + 240 * counts[filled] / counts.sum()
    with house_style():
        figure = new_figure(4.2, 4.0)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=MUTED_COLOR, linewidth=0.8, linestyle=":")
        axes.vlines(
            confidence[filled], confidence[filled], accuracy[filled], color=MUTED_COLOR, linewidth=1
        )
        axes.scatter(confidence[filled], accuracy[filled], s=areas, color=NORMAL_COLOR, alpha=0.8)
        axes.set(
            xlabel="confidence",
            ylabel="accuracy",
            xlim=(-0.02, 1.04),
            ylim=(-0.02, 1.04),
            aspect="equal",
        )
        axes.set_title(title)
        axes.text(0.02, 0.96, f"calibration error {error:.3f}", transform=axes.transAxes)
    return figure


def mistakes_figure(
    images: np.ndarray, named: Sequence[str], said: Sequence[str], confidence: np.ndarray
) -> Figure:
    """Pictures with the true class, the class that was said instead, and how surely.

    Args:
        images: uint8 (N, C, H, W), C = 1 or 3; N may be 0.
        named: N true classes.
        said: N answers.
        confidence: (N,) probability of the answer.
    """
    if len(images) == 0:
        with house_style():
            figure = new_figure(4.2, 1.0)
            figure.text(0.5, 0.5, "no image was named wrong", ha="center", va="center")
        return figure
    pictures = [
        (f"{_short(true)}, not\n{_short(wrong)} ({share:.0%})", image.transpose(1, 2, 0))
        for image, true, wrong, share in zip(images, named, said, confidence, strict=True)
    ]
    columns = min(_MOST_COLUMNS, max(1, _ROW_PIXELS // (images.shape[3] + 24)))
    return picture_grid(pictures, columns=columns)


def saliency_figure(
    images: np.ndarray, said: Sequence[str], maps: Mapping[str, np.ndarray]
) -> Figure:
    """An image a row, and beside it what each method says the answer depends on.

    Args:
        images: uint8 (N, C, H, W), C = 1 or 3.
        said: N answers.
        maps: by method, (N, h, w) with h dividing H and w dividing W; the brightest place of each
            map is its own largest value.
    """
    _, _, height, width = images.shape
    pictures = []
    for row, (image, answer) in enumerate(zip(images, said, strict=True)):
        pictures.append((f"said: {_short(answer)}", image.transpose(1, 2, 0)))
        for method, values in maps.items():
            heat = heat_map(values[row], float(values[row].max()))
            repeats = height // heat.shape[0], width // heat.shape[1]
            pictures.append((method, heat.repeat(repeats[0], axis=0).repeat(repeats[1], axis=1)))
    return picture_grid(pictures, columns=1 + len(maps))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
