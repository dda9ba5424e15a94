"""What the image detectors share whose `fit` trains networks."""

import numpy as np

from kizu.detection.images.arrays import check_images
from kizu.detection.trained import TrainedDetector


class TrainedImageDetector(TrainedDetector):
    """A trained detector of images, uint8 (N, C, H, W)."""

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return check_images(items, shape)
