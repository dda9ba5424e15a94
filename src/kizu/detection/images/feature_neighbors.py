"""Nearest neighbors on features that no anomalous image has shaped."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from kizu.detection.images.parameters import FeatureNeighborsParameters
from kizu.detection.images.self_supervised import train_backbone, view_features
from kizu.detection.images.trained import TrainedImageDetector
from kizu.detection.neighbors import NeighborIndex
from kizu.detection.networks import batches
from kizu.detection.protocol import DetectorState
from kizu.detection.trained import NetworkTypes
from kizu.models.encoder import Encoder

# Images, each in all its views, in a forward pass while scoring.
_BATCH = 64


class FeatureNeighbors(TrainedImageDetector):
    """Distance to the nearest normal images in the features of a self-supervised network.

    The network learns on normal images alone, by telling their geometric transformations apart;
    no label and no anomalous image plays a part. An image's features are those of all its views,
    each at unit length, side by side; the score is the mean distance to the nearest normal ones.
    """

    parameters: FeatureNeighborsParameters
    _parameters_type = FeatureNeighborsParameters
    _network_types: ClassVar[NetworkTypes] = {"backbone": (Encoder,)}

    def fit(self, images: np.ndarray) -> Self:
        """Train the network on the images, uint8 (N, C, H, W) with H = W, and remember them."""
        backbone, self.history = train_backbone(
            "feature_neighbors", images, self.parameters, self.checkpoints
        )
        self._keep({"backbone": backbone}, images.shape[1:])
        self._remember(self._features(images))
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance to the neighbors' features, (N,)."""
        features = self._features(self._check(images))
        return self._index.mean_distance(features)

    def explain(self, images: np.ndarray) -> None:
        """Return None: features of the whole image have no place in it."""

    def state(self) -> DetectorState:
        """Return what every trained detector stores, and the remembered features."""
        state = super().state()
        return {**state, "tensors": {**state["tensors"], "features": self._memory}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._remember(state["tensors"]["features"])
        return detector

    def _remember(self, features: np.ndarray) -> None:
        self._memory = features
        self._index = NeighborIndex(features, self.parameters.neighbors)

    def _features(self, images: np.ndarray) -> NDArray[np.float32]:
        """Map images to the unit features of their T views, (N, T · F)."""
        return view_features(
            self._networks["backbone"],
            batches(images, self._device, _BATCH),
            self.parameters.max_shift,
        )
