"""What the image detectors share whose `fit` trains networks."""

import numpy as np
from numpy.typing import NDArray

from kizu.detection.images.arrays import check_images, residual_map
from kizu.detection.trained import TrainedDetector


class TrainedImageDetector(TrainedDetector):
    """A trained detector of images, uint8 (N, C, H, W)."""

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return check_images(items, shape)


class ReconstructingImageDetector(TrainedImageDetector):
    """A trained detector that explains an image by what its reconstruction lacks."""

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the normal images that come closest, uint8 (N, C, H, W)."""
        raise NotImplementedError

    def explain(self, images: np.ndarray) -> NDArray[np.float32]:
        """Return the difference to the reconstruction, (N, H, W) in [0, 1]."""
        return residual_map(images, self.reconstruct(images))
