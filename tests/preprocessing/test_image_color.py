"""Channels: their order, gray, YCbCr."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from kizu.preprocessing import image_color
from kizu.preprocessing.image_color import from_ycbcr, grayscale, reverse_channels, to_ycbcr

PIXELS = arrays.arrays(np.uint8, (4, 5, 3))


def every_corner_and_noise() -> np.ndarray:
    corners = np.stack(np.meshgrid([0, 255], [0, 255], [0, 255]), axis=-1).reshape(1, 8, 3)
    pixels = np.random.default_rng(0).integers(0, 256, (200, 8, 3))
    return np.concatenate([corners, pixels]).astype(np.uint8)


@given(image=PIXELS)
def test_reversed_channels_are_bgr(image):
    assert np.array_equal(reverse_channels(image), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    assert np.array_equal(reverse_channels(reverse_channels(image)), image)


@given(image=PIXELS)
def test_gray_is_the_luma(image):
    exact = image @ np.array([0.299, 0.587, 0.114])
    assert grayscale(image).shape == (4, 5, 1)
    assert np.abs(grayscale(image)[:, :, 0] - exact).max() <= 0.5 + 1e-2


class TestYCbCr:
    def test_is_the_formula_written_out(self):
        image = every_corner_and_noise()
        red, green, blue = np.moveaxis(image.astype(np.float64), 2, 0)
        exact = np.stack(
            [
                0.299 * red + 0.587 * green + 0.114 * blue,
                -0.16874 * red - 0.33126 * green + 0.5 * blue + 128,
                0.5 * red - 0.41869 * green - 0.081 * blue + 128,
            ],
            axis=2,
        )
        assert np.abs(to_ycbcr(image) - np.clip(exact, 0, 255)).max() <= 0.6

    def test_is_opencvs_up_to_its_rounding(self):
        image = every_corner_and_noise()
        theirs = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)[:, :, [0, 2, 1]]
        assert np.abs(to_ycbcr(image).astype(int) - theirs).max() <= 1

    def test_gray_has_no_color(self):
        gray = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
        converted = to_ycbcr(gray)
        assert np.array_equal(converted[:, :, 0], gray[:, :, 0])
        assert np.abs(converted[:, :, 1:].astype(int) - 128).max() <= 1

    def test_comes_back_up_to_rounding(self):
        image = every_corner_and_noise()
        assert np.abs(from_ycbcr(to_ycbcr(image)).astype(int) - image).max() <= 2

    def test_strips_do_not_show(self, monkeypatch):
        image = every_corner_and_noise()
        whole = to_ycbcr(image)
        monkeypatch.setattr(image_color, "usable_cores", lambda: 3)
        monkeypatch.setattr(image_color, "_PIXELS_A_THREAD", 100)
        assert np.array_equal(to_ycbcr(image), whole)

    @pytest.mark.parametrize("convert", [to_ycbcr, from_ycbcr])
    def test_a_gray_image_is_refused_with_a_way_out(self, convert):
        with pytest.raises(ValueError, match=r"needs a color image.*set images.channels to rgb"):
            convert(np.zeros((2, 2, 1), np.uint8))
