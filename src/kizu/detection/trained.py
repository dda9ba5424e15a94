"""What the detectors share whose `fit` trains networks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import nn

from kizu.detection.protocol import DetectorState, NotFittedError
from kizu.models.serialization import Artifact, ConfiguredModule, pack, unpack
from kizu.parameters import Parameters
from kizu.training.device import resolve_device

NetworkTypes = Mapping[str, tuple[type[ConfiguredModule], ...]]
"""The classes that a network may have, by the network's name."""


class TrainedDetector:
    """Networks by name, the shape of the items they know, and how both are stored.

    A modality derives its own from it, which says by ``_check_items`` what its items must be.

    Args:
        parameters: of the detector; they hold a `TrainingParameters` named ``training``.
        checkpoints: a folder for the training's checkpoints; None keeps none.

    Attributes:
        history: rows of the training, every metric as ``<detector>.<metric>``.
    """

    _parameters_type: ClassVar[type[Parameters]]
    _network_types: ClassVar[NetworkTypes]

    def __init__(self, parameters: Any, checkpoints: Path | None = None) -> None:
        self.parameters = parameters
        self.checkpoints = checkpoints
        self.history: list[dict[str, float]] = []
        self._networks: dict[str, Any] = {}
        self._shape: tuple[int, ...] = ()

    def state(self) -> DetectorState:
        """Return the parameters, the shape of an item, and the networks."""
        packed = pack(**self._fitted())
        config = {
            "parameters": self.parameters.model_dump(),
            "shape": list(self._shape),
            "networks": packed["config"],
        }
        return {"config": config, "tensors": packed["tensors"], "estimators": {}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        config = state["config"]
        detector = cls(cls._parameters_type.model_validate(config["parameters"]))
        artifact: Artifact = {"config": config["networks"], "tensors": state["tensors"]}
        networks = {
            name: unpack(artifact, name, *types) for name, types in cls._network_types.items()
        }
        detector._keep(networks, tuple(config["shape"]))
        return detector

    @property
    def _device(self) -> torch.device:
        return resolve_device(self.parameters.training.device)

    def _keep(self, networks: Mapping[str, nn.Module], shape: tuple[int, ...]) -> None:
        """Take trained networks for scoring, in eval mode on the device."""
        self._networks = {
            name: network.to(self._device).eval() for name, network in networks.items()
        }
        self._shape = shape

    def _fitted(self) -> dict[str, Any]:
        if not self._networks:
            raise NotFittedError(self)
        return self._networks

    def _check(self, items: np.ndarray) -> np.ndarray:
        """Return items that the networks can take."""
        self._fitted()
        return self._check_items(items, self._shape)

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return items that are in order; ``shape`` is that of one that was fitted on."""
        raise NotImplementedError
