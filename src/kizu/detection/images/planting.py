"""Defects with known masks, planted into normal images that nobody has drawn masks for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from kizu.detection.images.arrays import check_images

# Of CutPaste: the patch's share of the image, and its width over its height.
_AREA_SHARES = (0.02, 0.15)
_ASPECT_RATIOS = (0.3, 3.3)
# Gray levels from which on a pixel has visibly changed, and places tried until some have.
_VISIBLE = 16
_MOST_TRIES = 100


class PlantedDefects(NamedTuple):
    """Images with one defect each.

    Attributes:
        rows: (M,) which image each was made from.
        images: uint8 (M, C, H, W).
        masks: bool (M, H, W), True where the image was changed visibly.
    """

    rows: NDArray[np.int64]
    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]


def plant_patches(images: np.ndarray, count: int, seed: int) -> PlantedDefects:
    """Paste into each of some images a patch from another place of another one.

    After CutPaste (Li et al. 2021, section 2.1), which takes the patch from the same image. All
    pixels of a planted defect are those of normal images; only where they are is wrong. A digit's
    background pasted on background is no defect: the mask is where a channel has changed by 16
    gray levels or more, with gaps of two pixels closed, and a place without such pixels is passed
    over.

    Args:
        images: uint8 (N, C, H, W), normal ones.
        count: of images to draw, without replacement; all are taken if there are fewer.
        seed: of the draws.

    Returns:
        As many as were drawn, less those in which no patch would show.

    Raises:
        ValueError: no uint8 images, or fewer than two.
    """
    check_images(images)
    if len(images) < 2:
        raise ValueError(
            f"images must hold at least two, to paste from one into another, got {len(images)}"
        )
    random = np.random.default_rng(seed)
    targets = np.sort(random.choice(len(images), min(count, len(images)), replace=False))
    rows, planted, masks = [], [], []
    for row in targets:
        for _ in range(_MOST_TRIES):
            other = (row + random.integers(1, len(images))) % len(images)
            image = _paste(images[row], images[other], random)
            difference = np.abs(image.astype(np.int16) - images[row]).max(axis=0)
            mask = _close_gaps(difference >= _VISIBLE)
            if mask.any():
                rows.append(row)
                planted.append(image)
                masks.append(mask)
                break
    return PlantedDefects(
        np.array(rows, np.int64),
        np.array(planted, np.uint8).reshape(-1, *images.shape[1:]),
        np.array(masks, bool).reshape(-1, *images.shape[2:]),
    )


def _paste(
    image: NDArray[np.uint8], other: NDArray[np.uint8], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the image (C, H, W) with a random patch of the other one at a random place."""
    height, width = image.shape[1:]
    area = random.uniform(*_AREA_SHARES) * height * width
    ratio = np.exp(random.uniform(*np.log(_ASPECT_RATIOS)))
    rows = int(np.clip(round(np.sqrt(area / ratio)), 1, height))
    columns = int(np.clip(round(np.sqrt(area * ratio)), 1, width))
    top, source_top = random.integers(0, height - rows + 1, 2)
    left, source_left = random.integers(0, width - columns + 1, 2)
    pasted = image.copy()
    pasted[:, top : top + rows, left : left + columns] = other[
        :, source_top : source_top + rows, source_left : source_left + columns
    ]
    return pasted


def _close_gaps(changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what lies between changed pixels (H, W) and is at most two pixels wide."""
    # With a margin, since what touches the border would be taken away again.
    closed: NDArray[np.bool_] = ndimage.binary_closing(np.pad(changed, 2), np.ones((3, 3)))
    return closed[2:-2, 2:-2]
