"""Trained detectors whose networks see float items at zero mean and unit variance."""

import copy
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from kizu.detection.protocol import DetectorState
from kizu.detection.trained import TrainedDetector


class Standardization(NamedTuple):
    """A shift and a scale, broadcast over the items.

    Attributes:
        mean: float32, of the shape of an item, or with 1 in place of some axes.
        scale: of the same shape; 1 where the normal items do not vary.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]

    @classmethod
    def of(cls, items: np.ndarray, over: Sequence[int]) -> Self:
        """Measure the items, (N, …), over axis 0 and others."""
        mean = items.mean(axis=tuple(over), keepdims=True, dtype=np.float64)[0]
        deviation = items.std(axis=tuple(over), keepdims=True, dtype=np.float64)[0]
        # What rounding leaves of a constant is not a variation.
        varies = deviation > 1e-6 * np.maximum(np.abs(mean), 1e-6)
        scale = np.where(varies, deviation, 1)
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def apply(self, items: np.ndarray) -> NDArray[np.float32]:
        """Return the items, (N, …), shifted and scaled, float32, within its range."""
        with np.errstate(over="ignore"):
            standardized = ((items - self.mean) / self.scale).astype(np.float32, copy=False)
        largest = np.finfo(np.float32).max
        return np.clip(standardized, -largest, largest, out=standardized)


class StandardizedDetector(TrainedDetector):
    """A trained detector of float items that keeps how the normal ones were standardized."""

    _standardization: Standardization

    def state(self) -> DetectorState:
        """Return what every trained detector stores, and the standardization."""
        state = super().state()
        own = {f"standardization.{name}": v for name, v in self._standardization._asdict().items()}
        return {**state, "tensors": {**state["tensors"], **own}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._standardization = Standardization(
            *(state["tensors"][f"standardization.{name}"] for name in Standardization._fields)
        )
        return detector

    def _standardized(self, items: np.ndarray) -> NDArray[np.float32]:
        """Return items as the fitted networks take them.

        Raises:
            NotFittedError: there are none yet.
            ValueError: the items are not in order.
        """
        checked = self._check(items)
        return self._standardization.apply(checked)


def in_double(network: nn.Module) -> nn.Module:
    """Return a copy of a small network for scoring: on the host, in double precision, in eval mode.

    A matrix product of float32 rounds otherwise in a batch of one row than in one of many; in
    double precision what is left of that is far below what a score is read to.
    """
    return copy.deepcopy(network).to("cpu", torch.float64).eval()
