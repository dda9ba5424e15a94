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
        views = [_view(_pixels(images[row]), "image", "the image")]
        if reconstructed:
            nearest = _pixels(reconstructions[position])
            views.append(_view(nearest, "closest normal", "the closest normal image"))
        heat = heat_map(explanations[position], highest[position])
        views.append(_view(heat, "heat map", "heat map of the image"))
        contents.append([Views(views)])
    lead = (
        "The image; the normal one closest to it, where a detector makes one; and the heat map: "
        "the brighter, the more a pixel departs from what was expected. All heat maps of a "
        "group share one scale."
    )
    return modality_examples(detected, examples, contents, lead=lead)


def _pixels(image: np.ndarray) -> np.ndarray:
    return image_grid(image[np.newaxis], columns=1)


def _view(pixels: np.ndarray, caption: str, alt: str) -> Picture:
    small = shrink(pixels, _MOST_PIXELS, _MOST_PIXELS)
    return Picture.view(small, longest=_MOST_PIXELS, alt=alt, caption=caption)
