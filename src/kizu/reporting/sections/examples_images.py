"""Image examples: the picture, the normal one that a detector took for it, and the heat map."""

from typing import Any

import numpy as np

from kizu.reporting.document import Picture
from kizu.reporting.exhibits import ModalityExamples, Views
from kizu.reporting.grids import image_grid
from kizu.reporting.pictures import heat_map, shrink
from kizu.reporting.sections.detected import Detected
from kizu.reporting.sections.examples import highest_explanations, modality_examples

# Longest side of a picture: hundreds of them have to fit into the page.
_MOST_PIXELS = 96


def image_examples(
    detected: Detected,
    examples: Any,
    *,
    images: np.ndarray,
    reconstructions: np.ndarray,
    explanations: np.ndarray,
) -> ModalityExamples:
    """Test images with their heat maps.

    Args:
        detected: the detectors.
        examples: one row an example: detector, group, id, row (of ``images``), and whether the
            detector has ``reconstructed`` it.
        images: (N, C, H, W) uint8, all of them.
        reconstructions: (E, C, H, W) uint8, the nearest normal image the detector could make.
        explanations: (E, H, W), the larger, the more a pixel disagrees with normal.
    """
    highest = highest_explanations(examples, explanations)
    contents = []
    for position, (row, reconstructed) in enumerate(
        zip(examples["row"], examples["reconstructed"], strict=True)
    ):
        nearest = reconstructions[position] if reconstructed else None
        own = explanations[position]
        contents.append([image_views(images[row], own, highest[position], nearest)])
    lead = (
        "The image; the normal one closest to it, where a detector makes one; and the heat map: "
        "the brighter, the more a pixel departs from what was expected. All heat maps of a "
        "group share one scale."
    )
    return modality_examples(detected, examples, contents, lead=lead)


def image_views(
    image: np.ndarray, explanation: np.ndarray, highest: float, nearest: np.ndarray | None = None
) -> Views:
    """An image beside its heat map, and between them the closest normal one if it is known.

    Args:
        image: (C, H, W) uint8.
        explanation: (H, W), the larger, the more a pixel disagrees with normal.
        highest: the value drawn brightest.
        nearest: (C, H, W) uint8.
    """
    views = [_view(_pixels(image), "image", "the image")]
    if nearest is not None:
        views.append(_view(_pixels(nearest), "closest normal", "the closest normal image"))
    views.append(_view(heat_map(explanation, highest), "heat map", "heat map of the image"))
    return Views(views)


def _pixels(image: np.ndarray) -> np.ndarray:
    return image_grid(image[np.newaxis], columns=1)


def _view(pixels: np.ndarray, caption: str, alt: str) -> Picture:
    small = shrink(pixels, _MOST_PIXELS, _MOST_PIXELS)
    return Picture.view(small, longest=_MOST_PIXELS, alt=alt, caption=caption)
