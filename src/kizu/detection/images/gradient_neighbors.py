"""Nearest neighbors on the edges of images: nothing is trained."""

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.images.arrays import check_images
from kizu.detection.images.gradients import gradient_histograms
from kizu.detection.images.parameters import GradientNeighborsParameters
from kizu.detection.images.patches import heat_maps
from kizu.detection.neighbors import NeighborIndex
from kizu.detection.networks import batches
from kizu.detection.remembering import RememberingDetector

# Images whose histograms are made at once.
_BATCH = 256


class GradientNeighbors(RememberingDetector):
    """Mean distance to the nearest normal images in histograms of oriented gradients."""

    parameters: GradientNeighborsParameters
    _parameters_type = GradientNeighborsParameters

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance to the neighbors' histograms, (N,), in [0, sqrt(2)]."""
        histograms = self._histograms(self._check(images))
        return self._index.mean_distance(histograms.reshape(len(images), -1))

    def explain(self, images: np.ndarray) -> NDArray[np.float32]:
        """Return each cell's distance to the nearest image's, as maps (N, H, W)."""
        histograms = self._histograms(self._check(images))
        nearest = self._index.nearest(histograms.reshape(len(images), -1))
        difference = histograms - self._histograms(self._fitted()[nearest])
        return heat_maps(np.linalg.norm(difference, axis=1), images.shape[2:], smoothing=0)

    def _learn(self, items: np.ndarray) -> None:
        if self.parameters.cell > min(items.shape[2:]):
            raise ValueError(
                f"cell={self.parameters.cell} must be at most the images' size {items.shape[2:]}"
            )
        histograms = self._histograms(items)
        self._index = NeighborIndex(histograms.reshape(len(items), -1), self.parameters.neighbors)

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        return check_images(items, shape)

    def _histograms(self, images: np.ndarray) -> NDArray[np.float32]:
        """Map images to their histograms, (N, orientations, h, w)."""
        own = self.parameters
        return np.concatenate(
            [
                gradient_histograms(batch, own.orientations, own.cell, own.stride).numpy()
                for batch in batches(images, torch.device("cpu"), _BATCH)
            ]
        )
