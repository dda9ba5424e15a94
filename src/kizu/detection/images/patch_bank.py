"""PatchCore: an image is as anomalous as the patch that is farthest from all normal ones."""

from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.images.arrays import check_images
from kizu.detection.images.backbones import feature_maps, pretrained_backbone
from kizu.detection.images.bank import Bank
from kizu.detection.images.coreset import greedy_coreset, random_projection
from kizu.detection.images.parameters import PatchBankParameters
from kizu.detection.images.patches import heat_maps, patch_features
from kizu.detection.images.self_supervised import train_backbone
from kizu.detection.images.trained import TrainedImageDetector
from kizu.detection.networks import batches, frozen
from kizu.detection.protocol import DetectorState
from kizu.detection.trained import NetworkTypes
from kizu.models.encoder import Encoder
from kizu.models.imagenet import ImagenetClassifier
from kizu.training.randomness import derived_seed

# Images in a forward pass.
_BATCH = 64
# Purpose of the projection's seed, apart from those for which the training derives its own.
_PROJECTION = 16
_MEBIBYTE = 2**20


class PatchBank(TrainedImageDetector):
    """Nearest neighbors of patches in a coreset of the normal ones.

    Roth et al. 2022, "Towards Total Recall in Industrial Anomaly Detection" (PatchCore), on the
    features of a self-supervised network of the detector's own, or of one of torchvision's.
    """

    parameters: PatchBankParameters
    _parameters_type = PatchBankParameters
    _network_types: ClassVar[NetworkTypes] = {"backbone": (Encoder, ImagenetClassifier)}

    def fit(self, images: np.ndarray) -> Self:
        """Fill the bank from the images, uint8 (N, C, H, W) with H = W.

        Raises:
            ValueError: the patches of all images exceed the memory limit.
        """
        own = self.parameters
        check_images(images, square=True)
        if own.pretrained is None:
            backbone, self.history = train_backbone("patch_bank", images, own, self.checkpoints)
            self._keep({"backbone": backbone}, images.shape[1:])
        else:
            self._keep({"backbone": pretrained_backbone(own.pretrained)}, images.shape[1:])
        self._check_memory(images)
        patches = torch.from_numpy(self._patches(images)).flatten(0, 2)
        seed = derived_seed(own.training.seed, _PROJECTION)
        projected = random_projection(
            patches, own.projected_dim, torch.Generator().manual_seed(seed)
        )
        kept = greedy_coreset(projected, min(own.bank_size, len(patches)))
        self._remember(patches[kept].numpy())
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the weighed distance of the farthest patch, (N,)."""
        features = self._patches(self._check(images))
        return self._bank.score(features.reshape(len(images), -1, features.shape[3])).images

    def explain(self, images: np.ndarray) -> NDArray[np.float32]:
        """Return the distances of the patches as smooth maps, (N, H, W)."""
        features = self._patches(self._check(images))
        found = self._bank.score(features.reshape(len(images), -1, features.shape[3]))
        patches = found.patches.reshape(features.shape[:3])
        return heat_maps(patches, images.shape[2:], self.parameters.smoothing)

    def state(self) -> DetectorState:
        """Return what every trained detector stores, and the bank."""
        state = super().state()
        return {**state, "tensors": {**state["tensors"], "bank": self._bank.patches}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._remember(state["tensors"]["bank"])
        return detector

    def _remember(self, patches: np.ndarray) -> None:
        self._bank = Bank(patches, self.parameters.reweighting_neighbors)

    def _patches(self, images: np.ndarray) -> NDArray[np.float32]:
        """Map images to the features of their patches, (N, h, w, F)."""
        own, backbone = self.parameters, self._networks["backbone"]
        layers = own.pretrained.layers if own.pretrained else []
        with frozen(backbone), torch.no_grad():
            return np.concatenate(
                [
                    patch_features(feature_maps(backbone, batch, layers), own.neighborhood)
                    .cpu()
                    .numpy()
                    for batch in batches(images, self._device, _BATCH)
                ]
            )

    def _check_memory(self, images: np.ndarray) -> None:
        """Refuse before the patches are made, not when memory runs out."""
        needed = len(images) * self._patches(images[:1]).nbytes / _MEBIBYTE
        limit = self.parameters.memory_limit_mebibytes
        if needed > limit:
            raise ValueError(
                f"the patches of {len(images)} images take {needed:.0f} MiB, but "
                f"memory_limit_mebibytes is {limit}; raise it, or fit at most "
                f"{int(limit / needed * len(images))} images"
            )
