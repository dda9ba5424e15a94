"""PNG files inside the page."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from kizu.reporting.pictures import data_uri, encode_png, heat_map, png_size


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
