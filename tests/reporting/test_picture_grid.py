"""Pictures side by side, exact to the pixel."""

import io

import numpy as np
import pytest
from PIL import Image

from kizu.reporting.picture_grid import picture_grid


def render(figure) -> np.ndarray:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return np.asarray(Image.open(buffer).convert("RGB"))


def find(canvas: np.ndarray, part: np.ndarray) -> bool:
    height, width = part.shape[:2]
    corners = np.argwhere((canvas == part[0, 0]).all(axis=2))
    return any(
        np.array_equal(canvas[row : row + height, column : column + width], part)
        for row, column in corners
    )


@pytest.mark.parametrize(("columns", "factor"), [(1, 25), (2, 25), (4, 25), (8, 11)])
def test_every_pixel_is_a_square_of_its_color(columns, factor):
    image = np.random.default_rng(0).integers(0, 200, (8, 8, 3), np.uint8)
    canvas = render(picture_grid([("a", image)], columns=columns))
    assert find(canvas, image.repeat(factor, 0).repeat(factor, 1))


def test_gray_and_color_of_several_sizes_share_a_figure():
    rng = np.random.default_rng(0)
    shapes = [(20, 30, 3), (20, 30, 1), (5, 6, 3), (150, 150, 1)]
    images = [rng.integers(0, 200, shape, np.uint8) for shape in shapes]
    canvas = render(picture_grid([(str(n), image) for n, image in enumerate(images)], columns=2))
    assert canvas.shape[1] <= 864
    for image, factor in zip(images, [10, 10, 40, 1], strict=True):
        shown = np.broadcast_to(image, (*image.shape[:2], 3))
        assert find(canvas, shown.repeat(factor, 0).repeat(factor, 1))


def test_labels_stand_above():
    image = np.zeros((8, 8, 1), np.uint8)
    figure = picture_grid([("first\nline", image), ("second", image)], columns=2)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["first\nline", "second"]
    assert (render(figure)[:40] < 100).any(), "the text is inside the figure"
