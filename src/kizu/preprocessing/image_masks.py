"""Masks of what is anomalous in images, kept in step with them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kizu.preprocessing.prepared_images import ImageStepsError, PreparedImages
from kizu.preprocessing.steps import Step

# What is set anew where pixels move: a mask's pixel is anomalous or not, and what a turned image
# does not cover is not.
_MOVES: Mapping[str, Mapping[str, Any]] = {
    "crop": {},
    "center_crop": {},
    "flip_horizontally": {},
    "flip_vertically": {},
    "resize": {"interpolation": "nearest"},
    "resize_short_side": {"interpolation": "nearest"},
    "rotate": {"interpolation": "nearest", "fill": "black"},
}
_SCATTERS = ("scramble_blocks", "unscramble_blocks")


def mask_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return what has to be done with masks, given what is done with their images.

    Steps that change values and no places have nothing to do with masks.

    Raises:
        ImageStepsError: a step puts parts of an image elsewhere, so that a region is none anymore.
    """
    if scattering := [step.name for step in steps if step.name in _SCATTERS]:
        raise ImageStepsError(f"images with masks cannot go through {', '.join(scattering)}")
    return tuple(
        replace(step, arguments={**step.arguments, **_MOVES[step.name]})
        for step in steps
        if step.name in _MOVES
    )


def prepare_masks(
    files: Mapping[str, bytes | Path],
    paths: Sequence[str],
    steps: Sequence[Step],
    size: tuple[int, int],
) -> NDArray[np.bool_]:
    """Return masks as their images are prepared, bool (M, H, W), True where not black.

    Args:
        files: of the masks, by path.
        paths: of M masks, in order.
        steps: of the images.
        size: (H, W) of the prepared images.

    Raises:
        ImageDecodingError: a mask is missing or damaged.
        ImageStepsError: as `mask_steps`, or a mask ends in another size.
    """
    prepared = PreparedImages(files, paths, "gray", mask_steps(steps), (1, *size))
    masks = np.zeros((len(paths), *size), bool)
    for number in range(len(paths)):
        masks[number] = prepared(number)[0] > 0
    return masks
