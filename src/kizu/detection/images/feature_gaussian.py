"""One Gaussian on features that no anomalous image has shaped."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from kizu.detection.images.parameters import FeatureGaussianParameters
from kizu.detection.images.self_supervised import train_backbone, view_features
from kizu.detection.images.trained import TrainedImageDetector
from kizu.detection.networks import batches
from kizu.detection.protocol import DetectorState
from kizu.detection.trained import NetworkTypes
from kizu.models.encoder import Encoder

# Images, each in all its views, in a forward pass while scoring.
_BATCH = 64


class FeatureGaussian(TrainedImageDetector):
    """Squared Mahalanobis distance to normal features of a self-supervised network.

    Lee et al. 2018, "A Simple Unified Framework for Detecting Out-of-Distribution Samples", with
    the image's transformations in the place of classes: each has a mean of its own, and all share
    one covariance (equation 1). The score sums over an image's views (equation 2). The covariance
    is shrunk towards a multiple of the identity (Ledoit and Wolf 2004), as few images leave it
    singular.
    """

    parameters: FeatureGaussianParameters
    _parameters_type = FeatureGaussianParameters
    _network_types: ClassVar[NetworkTypes] = {"backbone": (Encoder,)}

    def fit(self, images: np.ndarray) -> Self:
        """Train the network on the images, uint8 (N, C, H, W) with H = W, and fit the Gaussian."""
        backbone, self.history = train_backbone(
            "feature_gaussian", images, self.parameters, self.checkpoints
        )
        self._keep({"backbone": backbone}, images.shape[1:])
        views = self._views(images)
        self._means = views.mean(axis=0)
        centered = (views - self._means).reshape(-1, self.parameters.feature_dim)
        self._precision = LedoitWolf(assume_centered=True).fit(centered).precision_
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the sum of the squared distances of an image's views, (N,)."""
        difference = self._views(self._check(images)) - self._means
        return np.einsum("ntf,fg,ntg->n", difference, self._precision, difference, optimize=True)

    def explain(self, images: np.ndarray) -> None:
        """Return None: features of the whole image have no place in it."""

    def state(self) -> DetectorState:
        """Return what every trained detector stores, and the Gaussian."""
        state = super().state()
        gaussian = {"means": self._means, "precision": self._precision}
        return {**state, "tensors": {**state["tensors"], **gaussian}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._means = np.array(state["tensors"]["means"])
        detector._precision = np.array(state["tensors"]["precision"])
        return detector

    def _views(self, images: np.ndarray) -> NDArray[np.float64]:
        """Map images to the features of their T views, (N, T, F)."""
        features = view_features(
            self._networks["backbone"],
            batches(images, self._device, _BATCH),
            self.parameters.max_shift,
        )
        return features.reshape(len(images), -1, self.parameters.feature_dim).astype(np.float64)
