"""Masks stay where their images' parts go."""

import io

import numpy as np
import pytest
from PIL import Image

from kizu.preprocessing import image_masks
from kizu.preprocessing.image_masks import mask_steps, prepare_masks
from kizu.preprocessing.image_steps import IMAGE_STEPS
from kizu.preprocessing.prepared_images import ImageStepsError, prepare_image
from kizu.preprocessing.steps import Step, parse_steps


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def steps_of(*listed):
    return parse_steps(listed, IMAGE_STEPS)


@pytest.mark.parametrize(
    "listed",
    [
        [{"center_crop": {"height": 24, "width": 20}}, "flip_horizontally"],
        [{"crop": {"top": 8, "left": 0, "height": 20, "width": 32}}, "flip_vertically"],
        [{"resize": {"height": 20, "width": 16}}],
        [{"resize_short_side": {"size": 16, "interpolation": "area"}}, "reverse_channels"],
        [{"rotate": {"degrees": 90.0}}, {"smooth_gaussian": {"sigma": 1.0}}],
        [{"rotate": {"degrees": 30.0, "expand": True}}],
    ],
)
def test_a_mask_lies_over_what_it_marks(listed):
    """A bright rectangle and its own mask go through the steps; the two still agree."""
    mark = np.zeros((40, 32), np.uint8)
    mark[10:26, 6:18] = 255
    steps = steps_of(*listed)
    image = prepare_image(png(np.stack([mark] * 3, axis=-1)), "rgb", steps)
    (mask,) = prepare_masks({"a": png(mark)}, ["a"], steps, image.shape[1:])
    assert mask.dtype == bool
    bright = image.max(axis=0) > 127
    assert mask.any()
    assert (mask ^ bright).sum() <= 0.1 * mask.sum()


def test_only_steps_that_move_pixels_concern_masks():
    steps = steps_of(
        "grayscale",
        {"rotate": {"degrees": 5.0, "fill": "white", "interpolation": "bicubic"}},
        {"binarize": {"threshold": 100}},
        {"resize": {"height": 8, "width": 8}},
    )
    assert [step.listed() for step in mask_steps(steps)] == [
        {
            "rotate": {
                "degrees": 5.0,
                "expand": False,
                "fill": "black",
                "interpolation": "nearest",
            }
        },
        {"resize": {"height": 8, "width": 8, "interpolation": "nearest"}},
    ]


def test_every_step_is_known_to_keep_places_or_to_move_them():
    """A new operation has to be sorted in here: one that moves pixels must move masks too."""
    keeps = {
        "binarize",
        "binarize_otsu",
        "draw_rectangle",
        "draw_text",
        "from_ycbcr",
        "grayscale",
        "reverse_channels",
        "scale_exposure",
        "scramble_colors",
        "smooth_bilateral",
        "smooth_box",
        "smooth_gaussian",
        "smooth_median",
        "to_ycbcr",
        "unscramble_colors",
    }
    assert keeps | {*image_masks._MOVES} | {*image_masks._SCATTERS} == set(IMAGE_STEPS)


def test_scattered_parts_have_no_mask():
    step = Step("scramble_blocks", IMAGE_STEPS["scramble_blocks"])
    with pytest.raises(ImageStepsError, match="cannot go through scramble_blocks"):
        mask_steps([step])


def test_no_mask_at_all():
    assert prepare_masks({}, [], steps_of("grayscale"), (4, 5)).shape == (0, 4, 5)


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ImageStepsError):
        prepare_masks({"a": png(np.ones((3, 3), np.uint8))}, ["a"], (), (4, 5))
