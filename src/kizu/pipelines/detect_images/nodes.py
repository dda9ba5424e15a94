"""Nodes of the stage `detect_images`."""

from typing import Any

import numpy as np

from kizu.detection.protocol import Kinds
from kizu.pipelines.detect_images.parameters import DetectImagesParameters
from kizu.pipelines.detecting import Modality, check_contents
from kizu.pipelines.detecting_examples import explain_items
from kizu.preprocessing.images import Channels
from kizu.sources.images import ImageChecks


def image_detectors() -> Kinds:
    """Import the image detectors."""
    from kizu.detection.images.registry import IMAGE_DETECTORS

    return IMAGE_DETECTORS


IMAGES = Modality("image", "images", DetectImagesParameters, image_detectors, check_contents)
"""Images uint8 (N, C, H, W)."""


def explain_images(
    modality: Modality,
    images: np.ndarray,
    index: Any,
    anomaly_scores: Any,
    artifact: Any,
    estimators: Any,
    parameters: DetectImagesParameters,
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Explain test images, see `explain_items`.

    Returns:
        The table of E examples, with the column `reconstructed`; their heat maps float32
        (E, H, W); and the images that their detectors took for the closest normal ones, uint8
        (E, C, H, W), which is the image itself where a detector has none.
    """
    from kizu.detection.packing import unpack_detectors
    from kizu.detection.protocol import Reconstructs

    examples, maps = explain_items(
        modality, images, index, anomaly_scores, artifact, estimators, parameters
    )
    shown = images[examples["row"].to_numpy()]
    reconstructed = np.zeros(len(examples), bool)
    detectors = unpack_detectors(modality.kinds(), artifact, estimators)
    for name, own in examples.groupby("detector", sort=False):
        detector = detectors[name]
        if isinstance(detector, Reconstructs):
            shown[own.index] = detector.reconstruct(shown[own.index])
            reconstructed[own.index] = True
    return examples.assign(reconstructed=reconstructed), maps, shown


def describe_image_scorer(
    images: np.ndarray,
    checks: ImageChecks,
    channels: Channels,
    steps: Any,
    parameters: DetectImagesParameters,
) -> dict[str, Any]:
    """Return the card of the scorer: all that it takes to score new files, beside the detectors."""
    from kizu.scoring.card import make_card
    from kizu.scoring.images.recipe import ImageRecipe

    recipe = ImageRecipe(
        checks=checks,
        channels=channels,
        steps=steps,
        shape=images.shape[1:],
    )
    return make_card(
        "images",
        recipe,
        normal_classes=parameters.normal_classes,
        false_positive_rates=parameters.false_positive_rates,
        detectors=parameters.detectors,
    )
