"""What the detectors share that leave the work to a scikit-learn object."""

from typing import Any, ClassVar, Self

import numpy as np

from kizu.detection.protocol import DetectorState, NotFittedError
from kizu.parameters import Parameters


class EstimatorDetector:
    """A scikit-learn object, the shape of the items it knows, and how both are stored.

    A detector derived from it builds the object (``_build``), and says what its items must be
    (``_check_items``) and how they become vectors (``_vectors``).
    """

    _parameters_type: ClassVar[type[Parameters]]

    def __init__(self, parameters: Any) -> None:
        self.parameters = parameters
        self._shape: tuple[int, ...] | None = None
        self._estimator: Any = None

    def fit(self, items: np.ndarray) -> Self:
        """Fit the scikit-learn object to the items, (N, …)."""
        self._shape = self._check_items(items).shape[1:]
        self._estimator = self._build().fit(self._vectors(items))
        return self

    def state(self) -> DetectorState:
        """Return the parameters and the scikit-learn object."""
        estimator, shape = self._fitted()
        config = {"parameters": self.parameters.model_dump(), "shape": list(shape)}
        return {"config": config, "tensors": {}, "estimators": {"estimator": estimator}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again."""
        config = state["config"]
        detector = cls(cls._parameters_type.model_validate(config["parameters"]))
        detector._shape = tuple(config["shape"])
        detector._estimator = state["estimators"]["estimator"]
        return detector

    def _build(self) -> Any:
        """Return the scikit-learn object, not fitted yet."""
        raise NotImplementedError

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """Return items that are in order; ``shape`` is that of one that was fitted on."""
        raise NotImplementedError

    def _vectors(self, items: np.ndarray) -> np.ndarray:
        """Map items (N, …) to float vectors (N, F)."""
        raise NotImplementedError

    def _fitted(self) -> tuple[Any, tuple[int, ...]]:
        if self._shape is None:
            raise NotFittedError(self)
        return self._estimator, self._shape

    def _checked_vectors(self, items: np.ndarray) -> np.ndarray:
        """Map items that the fitted object can take to vectors (N, F)."""
        _, shape = self._fitted()
        return self._vectors(self._check_items(items, shape))
