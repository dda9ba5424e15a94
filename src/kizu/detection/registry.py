"""The image detectors by name, and several fitted ones as one artifact."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kizu.detection.anogan import AnoGan
from kizu.detection.efficient_gan import EfficientGan
from kizu.detection.feature_neighbors import FeatureNeighbors
from kizu.detection.pixels import PixelComponents, PixelForest, PixelNeighbors
from kizu.detection.protocol import Detector, DetectorState
from kizu.detection.trained import TrainedDetector
from kizu.parameters import Parameters

IMAGE_DETECTORS: Mapping[str, type[Detector[np.ndarray]]] = {
    "anogan": AnoGan,
    "efficient_gan": EfficientGan,
    "feature_neighbors": FeatureNeighbors,
    "pixel_neighbors": PixelNeighbors,
    "pixel_components": PixelComponents,
    "pixel_forest": PixelForest,
}


def build_detector(
    name: str, parameters: Parameters, checkpoints: Path | None = None
) -> Detector[np.ndarray]:
    """Build an image detector, not fitted yet.

    Args:
        name: a key of ``IMAGE_DETECTORS``.
        parameters: of that detector.
        checkpoints: where trainings keep their checkpoints, a subfolder each; None keeps none.
    """
    kind: Any = _kind(name)
    if issubclass(kind, TrainedDetector):
        return kind(parameters, checkpoints / name if checkpoints else None)
    return kind(parameters)


def pack_detectors(
    detectors: Mapping[str, Detector[np.ndarray]],
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the states of fitted detectors, apart by how they are stored.

    Returns:
        The pair of ``{"config": {detector: …}, "tensors": {"<detector>.<name>": array}}``, which a
        model folder stores, and the scikit-learn objects ``{detector: {name: object}}``.
    """
    states = {name: detector.state() for name, detector in detectors.items()}
    artifact = {
        "config": {name: state["config"] for name, state in states.items()},
        "tensors": {
            f"{name}.{key}": tensor
            for name, state in states.items()
            for key, tensor in state["tensors"].items()
        },
    }
    return artifact, {name: state["estimators"] for name, state in states.items()}


def unpack_detectors(
    artifact: Mapping[str, Any], estimators: Mapping[str, Mapping[str, Any]]
) -> dict[str, Detector[np.ndarray]]:
    """Build the detectors of `pack_detectors` again.

    Raises:
        ValueError: a detector that this version does not know.
    """
    detectors = {}
    for name, config in artifact["config"].items():
        prefix = f"{name}."
        tensors = {
            key.removeprefix(prefix): tensor
            for key, tensor in artifact["tensors"].items()
            if key.startswith(prefix)
        }
        state = DetectorState(
            config=config, tensors=tensors, estimators=dict(estimators.get(name, {}))
        )
        detectors[name] = _kind(name).from_state(state)
    return detectors


def _kind(name: str) -> type[Detector[np.ndarray]]:
    if name not in IMAGE_DETECTORS:
        raise ValueError(f"detector {name!r} is unknown; choose from: {', '.join(IMAGE_DETECTORS)}")
    return IMAGE_DETECTORS[name]
