"""What every anomaly detector offers, whatever it looks at and however it works."""

from collections.abc import Mapping
from typing import Any, Protocol, Self, TypedDict, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Items = TypeVar("Items", contravariant=True)


class DetectorState(TypedDict):
    """A fitted detector as plain data, from which `Detector.from_state` builds it again.

    Attributes:
        config: JSON-able; holds at least ``parameters``.
        tensors: weights, or data the detector remembers.
        estimators: scikit-learn objects, to be stored in the skops format.
    """

    config: dict[str, Any]
    tensors: dict[str, np.ndarray]
    estimators: dict[str, Any]


class Detector(Protocol[Items]):
    """A detector after scikit-learn's conventions.

    The constructor stores parameters and does nothing else. ``Items`` is what a modality hands
    over, row by row: for images an array uint8 (N, C, H, W).
    """

    def fit(self, items: Items) -> Self:
        """Learn what normal looks like from normal items alone, and return the detector itself."""
        ...

    def score(self, items: Items) -> NDArray[np.float64]:
        """Return one score an item, (N,); higher is more anomalous.

        An item's score depends on nothing but the item and the fitted detector: scored alone or
        in any batch and order, it is the same.
        """
        ...

    def explain(self, items: Items) -> NDArray[np.float32] | None:
        """Return how much each part of an item disagrees with normal; None if it cannot say.

        For images the map is (N, H, W), non-negative.
        """
        ...

    def state(self) -> DetectorState:
        """Return what `from_state` needs."""
        ...

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again; it scores exactly as the one whose state it is."""
        ...


Kinds = Mapping[str, type[Detector[Any]]]
"""The detectors of a modality by name."""


@runtime_checkable
class Reconstructs(Protocol):
    """A detector that shows the normal item which it took for the closest."""

    def reconstruct(self, items: Any) -> np.ndarray:
        """Return the closest normal items, of the shape and type of ``items``."""
        ...


@runtime_checkable
class Trains(Protocol):
    """A detector whose `fit` is a training.

    Attributes:
        history: what the training logged, one row a reading; empty before `fit`.
    """

    history: list[dict[str, float]]


class UpdatableDetector(Detector[Items], Protocol[Items]):
    """A detector that can go on learning after `fit`, where what is normal changes."""

    def update(self, items: Items) -> Self:
        """Learn from more normal items, and return the detector itself.

        It then scores as one that was fitted to all of them at once.

        Raises:
            NotFittedError: there is nothing yet to add to.
        """
        ...


class NotFittedError(RuntimeError):
    """A detector was asked to score before it was fitted."""

    def __init__(self, detector: object) -> None:
        super().__init__(f"this {type(detector).__name__} is not fitted: call fit first")
