"""Steps from an image file to an array."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from kizu.preprocessing.blocks import RowwiseArray, block_bounds, read_blocks
from kizu.preprocessing.images import (
    ImageDecodingError,
    count_values,
    decode,
    flatten_transparency,
    prepare_image,
    resize,
    summarize_values,
    to_8_bit,
    to_array,
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


class TestResize:
    def test_the_right_size_is_left_alone(self):
        image = Image.new("L", (8, 8))
        assert resize(image, 8, "lanczos") is image

    @pytest.mark.parametrize("factor", [2, 3])
    def test_nearest_repeats_pixels(self, factor):
        pixels = np.random.default_rng(0).integers(0, 256, (5, 5), np.uint8)
        larger = np.asarray(resize(Image.fromarray(pixels), 5 * factor, "nearest"))
        assert np.array_equal(larger, pixels.repeat(factor, 0).repeat(factor, 1))

    def test_box_averages_when_smaller(self):
        pixels = np.random.default_rng(0).integers(0, 256, (6, 6), np.uint8)
        smaller = np.asarray(resize(Image.fromarray(pixels), 3, "box"))
        means = pixels.reshape(3, 2, 3, 2).mean(axis=(1, 3))
        assert np.abs(smaller - means).max() <= 1

    @pytest.mark.parametrize(
        "interpolation", ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
    )
    def test_every_interpolation_keeps_a_flat_image_flat(self, interpolation):
        flat = resize(Image.new("L", (7, 3), 99), 16, interpolation)
        assert flat.size == (16, 16)
        assert (np.asarray(flat) == 99).all()


@pytest.mark.parametrize(("channels", "count"), [("gray", 1), ("rgb", 3)])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_prepared_image_has_the_configured_form(mode, channels, count):
    content = encode(Image.new(mode, (9, 5)))
    image = prepare_image(content, channels=channels, size=4, interpolation="bicubic")
    assert image.shape == (count, 4, 4)
    assert image.dtype == np.uint8


def test_channels_come_first():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    array = to_array(Image.fromarray(pixels))
    assert array.shape == (3, 2, 4)
    assert np.array_equal(array[1], pixels[..., 1])


class TestValues:
    @given(images=arrays.arrays(np.uint8, st.tuples(*[st.integers(1, 4)] * 4)))
    def test_counts_and_summary_are_those_of_numpy(self, images):
        counts = count_values(images)
        assert counts.shape == (images.shape[1], 256)
        for channel in range(images.shape[1]):
            values, expected = np.unique(images[:, channel], return_counts=True)
            assert np.array_equal(counts[channel][values], expected)
        assert counts.sum() == images.size
        summary = summarize_values(counts)
        assert summary["minimum"] == images.min()
        assert summary["maximum"] == images.max()
        assert summary["mean"] == pytest.approx(images.mean())
        assert summary["standard_deviation"] == pytest.approx(images.std(), abs=1e-9)


class TestBlocks:
    @given(rows=st.integers(0, 50), row_bytes=st.integers(0, 10 * 2**20))
    def test_bounds_cover_every_row_once_in_pieces_of_about_16_mib(self, rows, row_bytes):
        bounds = list(block_bounds((rows, row_bytes), 1))
        covered = [row for start, stop in bounds for row in range(start, stop)]
        assert covered == list(range(rows))
        assert all((stop - start) * row_bytes <= 16 * 2**20 for start, stop in bounds)

    def test_a_rowwise_array_is_the_array_of_its_rows(self):
        whole = np.random.default_rng(0).integers(0, 256, (7, 1000, 1000), np.uint8)
        rowwise = RowwiseArray(whole.shape, whole.dtype, whole.__getitem__)
        assert len(list(rowwise.blocks())) == 1
        assert np.array_equal(np.asarray(rowwise), whole)
        assert np.array_equal(np.concatenate(list(read_blocks(whole))), whole)

    def test_no_rows_are_an_empty_array(self):
        empty = RowwiseArray((0, 3), np.dtype(np.float32), lambda _: np.zeros(3))
        assert np.asarray(empty).shape == (0, 3)
        assert np.asarray(empty).dtype == np.float32
