"""Baselines on raw pixels: what a detector with a network has to beat."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

from kizu.detection.images.arrays import check_images, residual_map
from kizu.detection.images.parameters import (
    PixelComponentsParameters,
    PixelForestParameters,
    PixelNeighborsParameters,
)
from kizu.detection.neighbors import NeighborIndex
from kizu.detection.protocol import DetectorState, NotFittedError
from kizu.parameters import Parameters


class PixelNeighbors:
    """Mean Euclidean distance to the nearest normal images."""

    def __init__(self, parameters: PixelNeighborsParameters) -> None:
        self.parameters = parameters
        self._images: np.ndarray | None = None

    def fit(self, images: np.ndarray) -> Self:
        """Remember the images, uint8 (N, C, H, W)."""
        self._images = np.array(check_images(images))
        self._index = NeighborIndex(_vectors(self._images), self.parameters.neighbors)
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance to the neighbors, (N,), with pixels in [0, 1]."""
        check_images(images, self._fitted().shape[1:])
        return self._index.mean_distance(_vectors(images))

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the nearest normal images, uint8 (N, C, H, W)."""
        normal = self._fitted()
        return normal[self._index.nearest(_vectors(check_images(images, normal.shape[1:])))]

    def explain(self, images: np.ndarray) -> NDArray[np.float32]:
        """Return the difference to the nearest normal image, (N, H, W) in [0, 1]."""
        return residual_map(images, self.reconstruct(images))

    def state(self) -> DetectorState:
        """Return the parameters and the remembered images."""
        config = {"parameters": self.parameters.model_dump()}
        return {"config": config, "tensors": {"images": self._fitted()}, "estimators": {}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again."""
        parameters = PixelNeighborsParameters.model_validate(state["config"]["parameters"])
        return cls(parameters).fit(state["tensors"]["images"])

    def _fitted(self) -> np.ndarray:
        if self._images is None:
            raise NotFittedError(self)
        return self._images


class _PixelEstimator:
    """What the detectors share that leave the work to a scikit-learn object."""

    _parameters_type: type[Parameters]

    def __init__(self, parameters: Any) -> None:
        self.parameters = parameters
        self._shape: tuple[int, ...] | None = None
        self._estimator: Any = None

    def fit(self, images: np.ndarray) -> Self:
        """Fit the scikit-learn object to the images, uint8 (N, C, H, W)."""
        self._shape = check_images(images).shape[1:]
        self._estimator = self._build().fit(_vectors(images))
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
        raise NotImplementedError

    def _fitted(self) -> tuple[Any, tuple[int, ...]]:
        if self._shape is None:
            raise NotFittedError(self)
        return self._estimator, self._shape


class PixelComponents(_PixelEstimator):
    """Euclidean distance to the reconstruction from the principal components of normal images."""

    parameters: PixelComponentsParameters
    _parameters_type = PixelComponentsParameters

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the distance to the reconstruction, (N,), with pixels in [0, 1]."""
        projected = self._projected(images)
        return np.linalg.norm(_vectors(images) - projected, axis=1).astype(np.float64)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the reconstructions, uint8 (N, C, H, W)."""
        pixels = np.clip(self._projected(images) * 255, 0, 255).round()
        return pixels.astype(np.uint8).reshape(images.shape)

    def explain(self, images: np.ndarray) -> NDArray[np.float32]:
        """Return the difference to the reconstruction, (N, H, W) in [0, 1]."""
        return residual_map(images, self.reconstruct(images))

    def _build(self) -> PCA:
        # The full decomposition alone can keep components by the variance they explain.
        return PCA(self.parameters.explained_variance, svd_solver="full")

    def _projected(self, images: np.ndarray) -> np.ndarray:
        """Map images to their nearest points in the span of the components, (N, C·H·W)."""
        components, shape = self._fitted()
        vectors = _vectors(check_images(images, shape))
        return components.inverse_transform(components.transform(vectors))


class PixelForest(_PixelEstimator):
    """How few random splits isolate an image.

    Liu, Ting and Zhou, "Isolation Forest" (2008), equation 2: the score is in (0, 1].
    """

    parameters: PixelForestParameters
    _parameters_type = PixelForestParameters

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the paper's anomaly score, (N,)."""
        forest, shape = self._fitted()
        # scikit-learn negates it, so that higher is more normal.
        return -forest.score_samples(_vectors(check_images(images, shape)))

    def explain(self, images: np.ndarray) -> None:
        """Return None: a path through random splits says little about pixels."""

    def _build(self) -> IsolationForest:
        return IsolationForest(
            n_estimators=self.parameters.trees, random_state=self.parameters.seed
        )


def _vectors(images: np.ndarray) -> NDArray[np.float32]:
    """Flatten images uint8 (N, C, H, W) to float32 (N, C·H·W) in [0, 1]."""
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)
