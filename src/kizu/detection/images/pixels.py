"""Baselines on raw pixels: what a detector with a network has to beat."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

from kizu.detection.estimators import EstimatorDetector
from kizu.detection.images.arrays import check_images, residual_map
from kizu.detection.images.parameters import (
    PixelComponentsParameters,
    PixelForestParameters,
    PixelNeighborsParameters,
)
from kizu.detection.neighbor_detector import NeighborDetector


class _Pixels:
    """Images uint8 (N, C, H, W) as vectors of pixels."""

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        return check_images(items, shape)

    @staticmethod
    def _vectors(items: np.ndarray) -> NDArray[np.float32]:
        """Flatten images to float32 (N, C·H·W) in [0, 1]."""
        return np.divide(items.reshape(len(items), -1), 255, dtype=np.float32)


class PixelNeighbors(_Pixels, NeighborDetector):
    """Mean Euclidean distance to the nearest normal images, with pixels in [0, 1]."""

    parameters: PixelNeighborsParameters
    _parameters_type = PixelNeighborsParameters

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the nearest normal images, uint8 (N, C, H, W)."""
        return self._nearest(images)

    def explain(self, images: np.ndarray) -> NDArray[np.float32]:
        """Return the difference to the nearest normal image, (N, H, W) in [0, 1]."""
        return residual_map(images, self.reconstruct(images))


class PixelComponents(_Pixels, EstimatorDetector):
    """Euclidean distance to the reconstruction from the principal components of normal images."""

    parameters: PixelComponentsParameters
    _parameters_type = PixelComponentsParameters

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the distance to the reconstruction, (N,), with pixels in [0, 1]."""
        projected = self._projected(images)
        return np.linalg.norm(self._vectors(images) - projected, axis=1).astype(np.float64)

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
        components, _ = self._fitted()
        vectors = self._checked_vectors(images)
        return components.inverse_transform(components.transform(vectors))


class PixelForest(_Pixels, EstimatorDetector):
    """How few random splits isolate an image.

    Liu, Ting and Zhou, "Isolation Forest" (2008), equation 2: the score is in (0, 1].
    """

    parameters: PixelForestParameters
    _parameters_type = PixelForestParameters

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the paper's anomaly score, (N,)."""
        forest, _ = self._fitted()
        # scikit-learn negates it, so that higher is more normal.
        return -forest.score_samples(self._checked_vectors(images))

    def explain(self, images: np.ndarray) -> None:
        """Return None: a path through random splits says little about pixels."""

    def _build(self) -> IsolationForest:
        return IsolationForest(
            n_estimators=self.parameters.trees, random_state=self.parameters.seed
        )
