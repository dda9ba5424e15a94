"""Nodes of the stage `detect_images`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.detect_images.parameters import DetectImagesParameters
from kizu.preprocessing.images import Channels
from kizu.sources.images import ImageChecks


def fit_image_detectors(
    images: np.ndarray, image_index: Any, parameters: DetectImagesParameters, checkpoints: Path
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]:
    """Fit every detector to the normal images of the train split, see `detecting.fit_detectors`.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `id`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings.

    Raises:
        SplitError: an image is in two splits.
    """
    from kizu.detection.images.registry import IMAGE_DETECTORS
    from kizu.pipelines.detecting import fit_detectors
    from kizu.preprocessing.splits import check_disjoint, content_hashes

    check_disjoint(
        image_index["id"].tolist(), content_hashes(images), image_index["split"].tolist()
    )
    return fit_detectors(IMAGE_DETECTORS, images, image_index, parameters, checkpoints)


def score_images(
    images: np.ndarray,
    image_index: Any,
    image_detectors: Any,
    image_estimators: Any,
    parameters: DetectImagesParameters,
) -> Any:
    """Score the calibration and the test images, see `detecting.score_items`."""
    from kizu.detection.images.registry import IMAGE_DETECTORS
    from kizu.pipelines.detecting import score_items

    return score_items(
        IMAGE_DETECTORS, images, image_index, image_detectors, image_estimators, parameters
    )


def compare_image_detectors(
    images: np.ndarray, image_index: Any, parameters: DetectImagesParameters, checkpoints: Path
) -> list[dict[str, Any]]:
    """Fit under other seeds and untrained, see `detecting.compare_variants`."""
    from kizu.detection.images.registry import IMAGE_DETECTORS
    from kizu.pipelines.detecting import compare_variants

    return compare_variants(IMAGE_DETECTORS, images, image_index, parameters, checkpoints)


def measure_image_detection(
    image_anomaly_scores: Any,
    image_detector_variants: list[dict[str, Any]],
    parameters: DetectImagesParameters,
) -> tuple[dict[str, float], Any, Any]:
    """Measure every detector on the test images, see `detecting.measure_detection`."""
    from kizu.pipelines.detecting import measure_detection

    return measure_detection(image_anomaly_scores, image_detector_variants, parameters)


def explain_images(
    images: np.ndarray,
    image_index: Any,
    image_anomaly_scores: Any,
    image_detectors: Any,
    image_estimators: Any,
    parameters: DetectImagesParameters,
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Explain test images, see `detecting.explain_items`.

    Returns:
        The table of E examples, with the column `reconstructed`; their heat maps float32
        (E, H, W); and the images that their detectors took for the closest normal ones, uint8
        (E, C, H, W), which is the image itself where a detector has none.
    """
    from kizu.detection.images.registry import IMAGE_DETECTORS
    from kizu.detection.packing import unpack_detectors
    from kizu.detection.protocol import Reconstructs
    from kizu.pipelines.detecting import explain_items

    examples, maps = explain_items(
        IMAGE_DETECTORS,
        images,
        image_index,
        image_anomaly_scores,
        image_detectors,
        image_estimators,
        parameters,
    )
    shown = images[examples["row"].to_numpy()]
    reconstructed = np.zeros(len(examples), bool)
    detectors = unpack_detectors(IMAGE_DETECTORS, image_detectors, image_estimators)
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
