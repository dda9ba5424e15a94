"""Detectors built by name, and several fitted ones as one artifact."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kizu.detection.protocol import Detector, DetectorState, Kinds
from kizu.detection.trained import TrainedDetector
from kizu.parameters import Parameters


def build_detector(
    kinds: Kinds, name: str, parameters: Parameters, checkpoints: Path | None = None
) -> Detector[Any]:
    """Build a detector, not fitted yet.

    Args:
        kinds: the detectors of its modality.
        name: one of them.
        parameters: of that detector.
        checkpoints: where trainings keep their checkpoints, a subfolder each; None keeps none.

    Raises:
        ValueError: no detector of that name.
    """
    kind: Any = _kind(kinds, name)
    if issubclass(kind, TrainedDetector):
        return kind(parameters, checkpoints / name if checkpoints else None)
    return kind(parameters)


def pack_detectors(
    detectors: Mapping[str, Detector[Any]],
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
    kinds: Kinds, artifact: Mapping[str, Any], estimators: Mapping[str, Mapping[str, Any]]
) -> dict[str, Detector[Any]]:
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
        detectors[name] = _kind(kinds, name).from_state(state)
    return detectors


def _kind(kinds: Kinds, name: str) -> type[Detector[Any]]:
    if name not in kinds:
        raise ValueError(f"detector {name!r} is unknown; choose from: {', '.join(kinds)}")
    return kinds[name]
