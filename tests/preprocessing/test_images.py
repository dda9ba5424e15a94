"""From image files to arrays and back."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from kizu.preprocessing.images import (
    ImageDecodingError,
    decode,
    encode_image,
    flatten_transparency,
    load_image,
    to_8_bit,
    to_channels,
)

GRAY = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def encode(image: Image.Image, form: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


class TestDecode:
    @given(pixels=GRAY)
    def test_pixels_come_back(self, pixels):
        assert np.array_equal(np.asarray(decode(encode(Image.fromarray(pixels)))), pixels)

    @pytest.mark.parametrize(
        ("orientation", "turn"),
        [
            (1, lambda a: a),
            (2, lambda a: a[:, ::-1]),
            (3, lambda a: a[::-1, ::-1]),
            (4, lambda a: a[::-1]),
            (5, lambda a: a.T),
            (6, lambda a: np.rot90(a, -1)),
            (7, lambda a: a[::-1, ::-1].T),
            (8, lambda a: np.rot90(a)),
        ],
    )
    def test_a_turned_camera_is_turned_back(self, orientation, turn):
        stored = np.arange(6, dtype=np.uint8).reshape(2, 3)
        exif = Image.Exif()
        exif[0x0112] = orientation
        upright = np.asarray(decode(encode(Image.fromarray(stored), exif=exif)))
        assert np.array_equal(upright, turn(stored))

    def test_what_is_no_image_is_an_error_without_an_address(self):
        with pytest.raises(ImageDecodingError, match=r"^holds no image of a known kind$"):
            decode(b"text")


class TestTo8Bit:
    @given(values=arrays.arrays(np.uint16, (3, 4)))
    def test_16_bit_values_are_scaled_and_not_cut(self, values):
        image = to_8_bit(decode(encode(Image.fromarray(values))))
        exact = values / 65535 * 255
        assert np.abs(np.asarray(image) - exact).max() <= 0.5 + 1e-4

    def test_8_bit_values_made_16_bit_come_back(self):
        values = np.arange(256, dtype=np.uint8).reshape(16, 16)
        image = Image.fromarray(values.astype(np.uint16) * 257)
        assert np.array_equal(np.asarray(to_8_bit(image)), values)

    def test_a_big_endian_file_gives_the_same(self):
        values = np.arange(0, 65536, 257, dtype=np.uint16).reshape(16, 16)
        tiff = decode(encode(Image.fromarray(values.astype(">u2")), "TIFF"))
        assert np.array_equal(np.asarray(to_8_bit(tiff)), np.arange(256).reshape(16, 16))

    @pytest.mark.parametrize("kind", [np.int32, np.float32])
    def test_pixels_without_a_range_are_refused(self, kind):
        with pytest.raises(ImageDecodingError, match="32-bit pixels"):
            to_8_bit(Image.fromarray(np.ones((2, 2), kind)))


class TestTransparency:
    def test_what_shines_through_is_white(self):
        pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 51]]], np.uint8)
        flat = np.asarray(flatten_transparency(Image.fromarray(pixels)))
        assert flat.tolist() == [[[10, 20, 30], [255, 255, 255], [204, 204, 204]]]

    @pytest.mark.parametrize("mode", ["LA", "PA", "RGBA"])
    def test_a_wholly_transparent_image_is_white(self, mode):
        image = Image.new("RGBA", (2, 2), (9, 9, 9, 0)).convert(mode)
        assert (np.asarray(to_channels(flatten_transparency(image), "gray")) == 255).all()

    def test_a_transparent_color_of_a_palette_is_white(self):
        image = Image.new("P", (2, 1))
        image.putpalette([7, 7, 7, 50, 50, 50])
        image.putdata([0, 1])
        image.info["transparency"] = 0
        assert np.asarray(to_channels(flatten_transparency(image), "gray")).tolist() == [[255, 50]]


class TestChannels:
    @given(pixels=arrays.arrays(np.uint8, (2, 3, 3)))
    def test_gray_is_the_luma_of_bt_601(self, pixels):
        gray = np.asarray(to_channels(Image.fromarray(pixels), "gray"))
        assert np.abs(gray - pixels @ np.array([0.299, 0.587, 0.114])).max() <= 0.5 + 1e-2

    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "LAB"])
    @pytest.mark.parametrize(("channels", "expected"), [("gray", "L"), ("rgb", "RGB")])
    def test_every_mode_is_converted(self, mode, channels, expected):
        assert to_channels(Image.new(mode, (2, 2)), channels).mode == expected

    def test_gray_stays_as_it_is(self):
        pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
        assert np.array_equal(np.asarray(to_channels(Image.fromarray(pixels), "gray")), pixels)
        rgb = np.asarray(to_channels(Image.fromarray(pixels), "rgb"))
        assert np.array_equal(rgb, np.repeat(pixels[..., None], 3, axis=2))


@pytest.mark.parametrize(("channels", "count"), [("gray", 1), ("rgb", 3)])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_loaded_image_has_the_configured_channels(mode, channels, count):
    image = load_image(encode(Image.new(mode, (9, 5))), channels)
    assert image.shape == (5, 9, count)
    assert image.dtype == np.uint8


class TestEncode:
    @pytest.mark.parametrize("form", ["png", "webp", "bmp", "tiff"])
    @pytest.mark.parametrize("channels", ["gray", "rgb"])
    def test_every_value_comes_back(self, form, channels):
        count = {"gray": 1, "rgb": 3}[channels]
        image = np.random.default_rng(0).integers(0, 256, (7, 5, count), np.uint8)
        assert np.array_equal(load_image(encode_image(image, form), channels), image)

    @pytest.mark.parametrize("form", ["jpeg", "webp"])
    def test_less_quality_is_smaller_and_less_exact(self, form):
        steps = np.linspace(0, 255, 48).round().astype(np.uint8)
        image = np.stack(np.broadcast_arrays(steps, steps[:, None], steps[::-1]), axis=-1)
        sizes, errors = [], []
        for quality in (95, 10):
            content = encode_image(image, form, quality=quality)
            sizes.append(len(content))
            errors.append(np.abs(load_image(content, "rgb").astype(int) - image).mean())
        assert sizes[0] > sizes[1]
        assert errors[0] < errors[1] < 20
