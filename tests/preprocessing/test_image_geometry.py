"""Crops, sizes, turns and flips."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from torchvision.transforms import v2

from kizu.preprocessing.image_geometry import (
    center_crop,
    crop,
    flip_horizontally,
    flip_vertically,
    resize,
    resize_short_side,
    rotate,
)

INTERPOLATIONS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos", "area"]
CHANNELS = st.sampled_from([1, 3])
IMAGES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), CHANNELS))


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)


class TestCrop:
    def test_is_the_rectangle(self):
        image = noise(8, 9)
        assert np.array_equal(crop(image, top=2, left=3, height=4, width=6), image[2:6, 3:9])

    @pytest.mark.parametrize("box", [(5, 0, 4, 1), (0, 9, 1, 1)])
    def test_beyond_the_image_is_refused(self, box):
        top, left, height, width = box
        with pytest.raises(ValueError, match="beyond an image of 8 × 9"):
            crop(noise(8, 9), top=top, left=left, height=height, width=width)

    @given(image=IMAGES, height=st.integers(1, 9), width=st.integers(1, 9))
    def test_center_is_in_the_middle(self, image, height, width):
        if height > image.shape[0] or width > image.shape[1]:
            with pytest.raises(ValueError, match="resize it first"):
                center_crop(image, height=height, width=width)
            return
        rows, columns = np.indices(image.shape[:2])
        where = center_crop(np.stack([rows, columns], axis=2), height=height, width=width)
        assert where.shape == (height, width, 2)
        margins = where[0, 0], np.array(image.shape[:2]) - 1 - where[-1, -1]
        assert set((margins[1] - margins[0]).tolist()) <= {0, 1}


class TestResize:
    def test_the_right_size_is_left_alone(self):
        image = noise(8, 8)
        assert resize(image, height=8, width=8, interpolation="lanczos") is image

    @pytest.mark.parametrize("factor", [2, 3])
    def test_nearest_repeats_pixels(self, factor):
        image = noise(5, 4)
        larger = resize(image, height=5 * factor, width=4 * factor, interpolation="nearest")
        assert np.array_equal(larger, image.repeat(factor, 0).repeat(factor, 1))

    @pytest.mark.parametrize("interpolation", ["box", "area"])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_box_and_area_average_when_smaller(self, interpolation, channels):
        image = noise(6, 9, channels)
        smaller = resize(image, height=3, width=3, interpolation=interpolation)
        means = image.reshape(3, 2, 3, 3, channels).mean(axis=(1, 3))
        assert np.abs(smaller - means).max() <= 1

    @pytest.mark.parametrize("interpolation", INTERPOLATIONS)
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("size", [(2, 5), (16, 20)])
    def test_every_interpolation_keeps_a_flat_image_flat(self, interpolation, channels, size):
        flat = np.full((7, 9, channels), 99, np.uint8)
        height, width = size
        resized = resize(flat, height=height, width=width, interpolation=interpolation)
        assert resized.shape == (*size, channels)
        assert (resized == 99).all()

    @pytest.mark.parametrize("size", [(9, 7), (40, 50)])
    def test_bilinear_and_bicubic_are_torchvisions(self, size):
        image = noise(20, 24)
        tensor = torch.from_numpy(image).permute(2, 0, 1)
        for interpolation in ("bilinear", "bicubic"):
            theirs = v2.functional.resize(
                tensor, list(size), v2.InterpolationMode(interpolation), antialias=True
            )
            ours = resize(image, height=size[0], width=size[1], interpolation=interpolation)
            assert np.abs(ours.astype(int) - theirs.permute(1, 2, 0).numpy()).max() <= 1

    def test_no_false_pattern_when_smaller(self):
        """One-pixel stripes become gray and not black or white, but for "nearest"."""
        stripes = np.tile(np.array([0, 255], np.uint8), (40, 40))[:, :, np.newaxis]
        for interpolation in INTERPOLATIONS:
            smaller = resize(stripes, height=10, width=10, interpolation=interpolation)
            error = np.abs(smaller.astype(int) - 127).max()
            assert error > 100 if interpolation == "nearest" else error < 20

    @pytest.mark.parametrize("shape", [(20, 31), (31, 20), (20, 20)])
    def test_the_short_side_decides_as_in_torchvision(self, shape):
        theirs = v2.functional.resize(torch.zeros(3, *shape), [7]).shape[1:]
        assert resize_short_side(noise(*shape), size=7).shape[:2] == tuple(theirs)


class TestRotate:
    @pytest.mark.parametrize("turns", [-1, 0, 1, 2, 3, 5])
    @pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_right_angles_only_move_pixels(self, turns, interpolation, channels):
        image = noise(5, 8, channels)
        turned = rotate(image, degrees=90 * turns, expand=True, interpolation=interpolation)
        assert np.array_equal(turned, np.rot90(image, turns))

    def test_any_angle_is_opencvs_affine_map(self):
        image = noise(3, 4).repeat(12, 0).repeat(12, 1)
        height, width = image.shape[:2]
        center = ((width - 1) / 2, (height - 1) / 2)
        matrix = cv2.getRotationMatrix2D(center, 27, 1)
        theirs = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_NEAREST)
        ours = rotate(image, degrees=27, interpolation="nearest")
        assert (ours != theirs).any(axis=2).mean() < 0.02  # ties on the edges of the squares

    def test_what_is_not_covered_is_filled(self):
        image = np.full((20, 20, 3), 9, np.uint8)
        turned = rotate(image, degrees=45, fill="#ff0080")
        assert turned[0, 0].tolist() == [255, 0, 128]
        assert turned[10, 10].tolist() == [9, 9, 9]
        assert rotate(image[:, :, :1], degrees=45, fill="white")[0, 0].tolist() == [255]

    def test_expanded_it_holds_all_of_the_image(self):
        turned = rotate(np.full((30, 40, 1), 255, np.uint8), degrees=30, expand=True)
        assert turned.shape[0] == pytest.approx(30 * np.cos(np.pi / 6) + 40 * 0.5, abs=2)
        assert turned.shape[1] == pytest.approx(40 * np.cos(np.pi / 6) + 30 * 0.5, abs=2)
        assert turned.sum() / 255 == pytest.approx(30 * 40, rel=0.02)


@given(image=IMAGES)
def test_flips_are_pillows_and_undo_themselves(image):
    for flip, method in (
        (flip_horizontally, Image.Transpose.FLIP_LEFT_RIGHT),
        (flip_vertically, Image.Transpose.FLIP_TOP_BOTTOM),
    ):
        first = np.asarray(Image.fromarray(image[:, :, 0]).transpose(method))
        assert np.array_equal(flip(image)[:, :, 0], first)
        assert np.array_equal(flip(flip(image)), image)


def test_an_image_too_narrow_for_its_short_side_is_refused() -> None:
    with pytest.raises(ValueError, match="3000 × 1 pixels"):
        resize_short_side(np.zeros((3000, 1, 3), np.uint8), size=256)
