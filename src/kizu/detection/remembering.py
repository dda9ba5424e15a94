"""What the detectors share that remember the normal items themselves."""

from typing import Any, ClassVar, Self

import numpy as np

from kizu.detection.protocol import DetectorState, NotFittedError
from kizu.parameters import Parameters


class RememberingDetector:
    """The normal items, and what is learned from them quickly enough to be learned again.

    The state is the items: `from_state` fits once more. A detector derived from it learns in
    ``_learn``, and says by ``_check_items`` what its items must be.
    """

    _parameters_type: ClassVar[type[Parameters]]

    def __init__(self, parameters: Any) -> None:
        self.parameters = parameters
        self._items: np.ndarray | None = None

    def fit(self, items: np.ndarray) -> Self:
        """Remember the items, (N, …)."""
        normal = np.array(self._check_items(items))
        self._learn(normal)
        self._items = normal
        return self

    def state(self) -> DetectorState:
        """Return the parameters and the remembered items."""
        config = {"parameters": self.parameters.model_dump()}
        return {"config": config, "tensors": {"items": self._fitted()}, "estimators": {}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again."""
        parameters = cls._parameters_type.model_validate(state["config"]["parameters"])
        return cls(parameters).fit(state["tensors"]["items"])

    def _learn(self, items: np.ndarray) -> None:
        """Take from the normal items, (N, …), what scoring needs."""
        raise NotImplementedError

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """Return items that are in order; ``shape`` is that of one that was fitted on."""
        raise NotImplementedError

    def _fitted(self) -> np.ndarray:
        """Return the normal items."""
        if self._items is None:
            raise NotFittedError(self)
        return self._items

    def _check(self, items: np.ndarray) -> np.ndarray:
        """Return items of the shape of those that were fitted on."""
        return self._check_items(items, self._fitted().shape[1:])
