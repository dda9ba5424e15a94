"""The image grid against a loop that places one pixel at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.reporting.grids import image_grid


@given(
    count=st.integers(1, 7),
    channels=st.sampled_from([1, 3]),
    height=st.integers(1, 4),
    width=st.integers(1, 4),
    columns=st.integers(1, 4),
    scale=st.integers(1, 3),
    padding=st.integers(0, 2),
)
def test_every_pixel_lands_where_it_belongs(
    count: int, channels: int, height: int, width: int, columns: int, scale: int, padding: int
) -> None:
    images = np.random.default_rng(count).integers(
        0, 256, (count, channels, height, width), dtype=np.uint8
    )
    grid = image_grid(images, columns=columns, scale=scale, padding=padding, background=7)
    rows = -(-count // columns)
    expected = np.full(
        (
            rows * (height * scale + padding) - padding,
            columns * (width * scale + padding) - padding,
            channels,
        ),
        7,
    )
    for n, c, y, x in np.ndindex(count, channels, height * scale, width * scale):
        row = n // columns * (height * scale + padding) + y
        column = n % columns * (width * scale + padding) + x
        expected[row, column, c] = images[n, c, y // scale, x // scale]
    assert grid.dtype == np.uint8
    assert grid.ndim == (2 if channels == 1 else 3)
    np.testing.assert_array_equal(grid.reshape(expected.shape), expected)


@pytest.mark.parametrize(
    ("images", "columns", "message"),
    [
        (np.zeros((2, 1, 4, 4)), 1, "uint8"),
        (np.zeros((2, 2, 4, 4), np.uint8), 1, "C = 1 or 3"),
        (np.zeros((0, 1, 4, 4), np.uint8), 1, "images is empty"),
        (np.zeros((2, 1, 4, 4), np.uint8), 0, "at least 1"),
    ],
)
def test_refuses_what_is_no_grid(images: np.ndarray, columns: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        image_grid(images, columns=columns)
