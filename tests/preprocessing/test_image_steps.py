"""Every operation on images as a step of the parameters."""

import numpy as np
import pytest

from kizu.preprocessing.image_steps import IMAGE_STEPS
from kizu.preprocessing.steps import apply_steps, parse_steps

# A list that works, for every operation; on color images.
EXAMPLES = {
    "crop": [{"crop": {"top": 1, "left": 2, "height": 5, "width": 6}}],
    "center_crop": [{"center_crop": {"height": 5, "width": 6}}],
    "resize": [{"resize": {"height": 5, "width": 6, "interpolation": "area"}}],
    "resize_short_side": [{"resize_short_side": {"size": 5}}],
    "rotate": [{"rotate": {"degrees": 30, "expand": True, "fill": "gray"}}],
    "flip_horizontally": ["flip_horizontally"],
    "flip_vertically": ["flip_vertically"],
    "reverse_channels": ["reverse_channels"],
    "grayscale": ["grayscale"],
    "to_ycbcr": ["to_ycbcr"],
    "from_ycbcr": ["from_ycbcr"],
    "scale_exposure": [{"scale_exposure": {"factor": 2}}],
    "binarize": ["grayscale", {"binarize": {"threshold": 90}}],
    "binarize_otsu": ["grayscale", "binarize_otsu"],
    "smooth_box": [{"smooth_box": {"size": 2}}],
    "smooth_gaussian": [{"smooth_gaussian": {"sigma": 0.7}}],
    "smooth_median": [{"smooth_median": {"size": 3}}],
    "smooth_bilateral": [{"smooth_bilateral": {"size": 3, "color_sigma": 90, "space_sigma": 2}}],
    "scramble_colors": [{"scramble_colors": {"key": "k"}}],
    "unscramble_colors": [{"unscramble_colors": {"key": "k"}}],
    "scramble_blocks": [{"scramble_blocks": {"key": "k", "height": 3, "width": 4}}],
    "unscramble_blocks": [{"unscramble_blocks": {"key": "k", "height": 3, "width": 4}}],
    "draw_text": [{"draw_text": {"text": "傷", "top": 0, "left": 0, "size": 9}}],
    "draw_rectangle": [{"draw_rectangle": {"top": 0, "left": 0, "height": 3, "width": 3}}],
}


def test_every_operation_has_an_example():
    assert EXAMPLES.keys() == IMAGE_STEPS.keys()


@pytest.mark.parametrize("name", IMAGE_STEPS)
def test_it_changes_a_copy_and_can_follow_any_other(name):
    image = np.random.default_rng(0).integers(0, 256, (12, 14, 3), np.uint8)
    given = image.copy()
    given.flags.writeable = False
    result = apply_steps(given, parse_steps(EXAMPLES[name], IMAGE_STEPS))
    assert result.dtype == np.uint8
    assert result.ndim == 3
    assert result.shape[2] in (1, 3)
    assert not np.array_equal(result, image)
    for follower in ("resize", "smooth_gaussian", "scramble_blocks", "draw_text", "grayscale"):
        apply_steps(result, parse_steps(EXAMPLES[follower], IMAGE_STEPS))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"resize": {"height": 0, "width": 1}}, "resize.height = 0"),
        ({"resize": {"height": 8, "width": 8, "interpolation": "cubic"}}, "'bicubic'"),
        ({"smooth_median": {"size": 4}}, "smooth_median.size = 4: value error, must be odd"),
        ({"scramble_blocks": {"key": "", "height": 1, "width": 1}}, "scramble_blocks.key = ''"),
        ({"rotate": {"degrees": float("nan")}}, "rotate.degrees = nan"),
        ({"rotate": {"degrees": 1, "fill": "no color"}}, "rotate.fill = 'no color'"),
        ({"binarize": {"threshold": 256}}, "less than or equal to 255"),
        ({"draw_text": {"top": 0, "left": 0, "size": 9}}, "draw_text.text is missing"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_runs(step, message):
    with pytest.raises(ValueError, match="step 1") as caught:
        parse_steps([step], IMAGE_STEPS)
    assert message in str(caught.value)
