"""PNG files inside the page."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kizu.reporting.pictures import (
    data_uri,
    encode_png,
    heat_map,
    png_size,
    shrink,
    small_image_uri,
)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3)])
def test_pixels_survive_the_data_uri(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    png = encode_png(pixels)
    assert png_size(png) == (5, 3)
    kind, _, content = data_uri(png).partition(",")
    assert kind == "data:image/png;base64"
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(content))), pixels)


def test_only_png_has_a_size() -> None:
    with pytest.raises(ValueError, match="no PNG"):
        png_size(b"GIF89a" + bytes(30))


def test_the_heat_map_grows_brighter_with_the_magnitude() -> None:
    ramp = np.linspace(0, 2, 64)[np.newaxis]
    colors = heat_map(ramp, highest=2.0)
    assert colors.shape == (1, 64, 3)
    brightness = colors[0] @ [0.2126, 0.7152, 0.0722]
    assert np.all(np.diff(brightness) > 0)
    np.testing.assert_array_equal(heat_map(-ramp, highest=2.0), colors)


def test_the_heat_map_takes_what_is_not_finite_or_all_zero() -> None:
    black, bright = heat_map(np.array([[np.nan, np.inf]]), highest=1.0)[0]
    assert black.tolist() == [0, 0, 4]
    assert bright.tolist() == [252, 255, 164]
    assert heat_map(np.zeros((1, 1)), highest=0.0)[0, 0].tolist() == [0, 0, 4]


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    most=st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_shrinking_averages_every_value_into_one_cell(
    height: int, width: int, most: tuple[int, int]
) -> None:
    values = np.random.default_rng(0).normal(size=(height, width))
    small = shrink(values, *most)
    rows, columns = [
        np.arange(few) * many // few for many, few in zip((height, width), small.shape, strict=True)
    ]
    expected = [
        [block.mean() for block in np.split(band, columns[1:], axis=1)]
        for band in np.split(values, rows[1:], axis=0)
    ]
    assert small.shape == (min(height, most[0]), min(width, most[1]))
    assert np.allclose(small, expected)


def test_shrinking_keeps_the_type_and_what_fits() -> None:
    pixels = np.full((3, 5, 3), 200, np.uint8)
    assert shrink(pixels, 2, 2).dtype == np.uint8
    assert (shrink(pixels, 2, 2) == 200).all()
    assert shrink(pixels, 3, 5) is pixels or (shrink(pixels, 3, 5) == pixels).all()


def test_only_images_of_few_pixels_keep_each_of_them() -> None:
    assert small_image_uri(np.zeros((64, 8), np.uint8)).startswith("data:image/png;")
    assert small_image_uri(np.zeros((65, 8, 3), np.uint8)).startswith("data:image/jpeg;")
