"""The node of the stage `detect_images` that holds heat maps against masks."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kizu.pipelines.detect_images.nodes import IMAGES
from kizu.pipelines.detect_images.parameters import DetectImagesParameters
from kizu.pipelines.detecting import Roles, divide


class Scenes(NamedTuple):
    """Images uint8 (N, C, H, W), and bool (N, H, W) where they are anomalous."""

    images: np.ndarray
    masks: NDArray[np.bool_]


def locate_defects(
    images: np.ndarray,
    image_index: Any,
    image_masks: np.ndarray,
    image_mask_index: Any,
    image_detectors: Any,
    image_estimators: Any,
    parameters: DetectImagesParameters,
) -> dict[str, float]:
    """Measure how well heat maps find the defects of test images, and planted ones.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `id`, `class_name` and `split`.
        image_masks: bool (M, H, W), True where an image is anomalous.
        image_mask_index: data frame of M rows with `id`.
        image_detectors: the packed detectors.
        image_estimators: their scikit-learn objects.
        parameters: of the stage.

    Returns:
        Of each detector that has heat maps, ``<detector>.masked.pixel_auroc`` and
        ``.masked.per_region_overlap``, over the test images that have a mask and the normal ones,
        where any has a mask; and the same as ``.planted``, over normal test images with planted
        defects. ``masked.images`` and ``planted.images`` count those with a defect.
    """
    from kizu.detection.packing import unpack_detectors
    from kizu.evaluation.localization import localization_metrics

    roles = divide(image_index, parameters)
    detectors = unpack_detectors(IMAGES.kinds(), image_detectors, image_estimators)
    metrics: dict[str, float] = {}
    for kind, scenes in {
        "masked": _masked(images, image_index, image_masks, image_mask_index, roles),
        "planted": _planted(images, roles, parameters),
    }.items():
        count = int(scenes.masks.any(axis=(1, 2)).sum())
        if not count:
            continue
        metrics[f"{kind}.images"] = count
        for name in parameters.detectors:
            maps = detectors[name].explain(scenes.images)
            if maps is not None:
                found = localization_metrics(scenes.masks, maps)
                metrics |= {f"{name}.{kind}.{key}": value for key, value in found.items()}
    return metrics


def _masked(
    images: np.ndarray, index: Any, masks: np.ndarray, mask_index: Any, roles: Roles
) -> Scenes:
    """The test images that have a mask, beside the normal ones, in which nothing is anomalous."""
    place_of = dict(zip(index["id"], range(len(index)), strict=True))
    places = np.array([place_of[identity] for identity in mask_index["id"]], np.int64)
    # Of a defect that is too small for the prepared images, nothing may be left in the mask.
    used = np.isin(places, roles.test) & masks.any(axis=(1, 2))
    if not used.any():
        return Scenes(images[:0], masks[:0])
    rows = np.union1d(roles.test[roles.normal[roles.test]], places[used])
    scenes = Scenes(images[rows], np.zeros((len(rows), *masks.shape[1:]), bool))
    scenes.masks[np.searchsorted(rows, places[used])] = masks[used]
    return scenes


def _planted(images: np.ndarray, roles: Roles, parameters: DetectImagesParameters) -> Scenes:
    """Normal test images with a patch of another one."""
    from kizu.detection.images.planting import plant_patches

    normal = images[roles.test[roles.normal[roles.test]]]
    if not parameters.planted_defects or len(normal) == 1:
        return Scenes(images[:0], np.zeros((0, *images.shape[2:]), bool))
    planted = plant_patches(normal, parameters.planted_defects, parameters.planting_seed)
    return Scenes(planted.images, planted.masks)
