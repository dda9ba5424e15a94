"""Nearest neighbors on features that no anomalous image has shaped."""

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from kizu.detection.images.arrays import check_images
from kizu.detection.images.parameters import FeatureNeighborsParameters
from kizu.detection.images.trained import TrainedImageDetector
from kizu.detection.images.transformations import transformation_count, transformed
from kizu.detection.named_task import NamedTask
from kizu.detection.neighbors import NeighborIndex
from kizu.detection.networks import batches, frozen
from kizu.detection.protocol import DetectorState
from kizu.detection.trained import NetworkTypes
from kizu.models.encoder import Encoder
from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import seeded
from kizu.training.schedules import Schedule, warmup_cosine
from kizu.training.task import Batch

# Images, each in all its views, in a forward pass while scoring.
_BATCH = 64


class TransformationTask:
    """One step: name the transformation of every view of a batch of images.

    Golan and El-Yaniv 2018, "Deep Anomaly Detection Using Geometric Transformations", section 4.

    Args:
        backbone: maps images to features (N, F).
        learning_rate: AdamW's, after a warm-up; it falls to 0 along a cosine.
        weight_decay: AdamW's.
        max_shift: see `transformed`.
        steps: of the whole training.
    """

    def __init__(
        self,
        backbone: Encoder,
        *,
        learning_rate: float,
        weight_decay: float,
        max_shift: int,
        steps: int,
    ) -> None:
        views = transformation_count(max_shift)
        head = nn.Linear(backbone.latent_dim, views)
        self.model = nn.Sequential(backbone, nn.LeakyReLU(0.1), head)
        self.networks: dict[str, nn.Module] = {"model": self.model}
        self.optimizers = {"model": adamw(self.model, learning_rate, weight_decay)}
        self.schedules: dict[str, Schedule] = {"model": warmup_cosine(steps, steps // 20)}
        self.averages: dict[str, ExponentialMovingAverage] = {}
        self.batches_per_step = 1
        self._max_shift = max_shift
        self._views = views

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train on one batch of images in all their views.

        Returns:
            ``loss`` and ``accuracy``.
        """
        (batch,) = batches
        views = transformed(to_unit(batch["images"]), self._max_shift).flatten(0, 1)
        labels = torch.arange(self._views, device=context.device).repeat(len(batch["images"]))
        with context.autocast():
            logits = self.model(views).float()
            loss = F.cross_entropy(logits, labels)
        context.update(loss, self.optimizers["model"])
        accuracy = (logits.detach().argmax(dim=1) == labels).float().mean()
        return {"loss": loss.detach(), "accuracy": accuracy}


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
        own = self.parameters
        shape = check_images(images, square=True).shape[1:]
        channels, size, _ = shape
        if own.max_shift >= size:
            raise ValueError(f"max_shift={own.max_shift} must be less than the images' size {size}")
        with seeded(own.training.seed):
            backbone = Encoder(size, channels, own.feature_dim, own.width)
            task = TransformationTask(
                backbone,
                learning_rate=own.learning_rate,
                weight_decay=own.weight_decay,
                max_shift=own.max_shift,
                steps=own.training.steps,
            )
        result = train(
            NamedTask("feature_neighbors", task),
            {"images": images},
            own.training,
            self.checkpoints,
            description="feature_neighbors",
        )
        self.history = result.history
        self._keep({"backbone": backbone}, shape)
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
        backbone = self._networks["backbone"]
        with frozen(backbone), torch.no_grad():
            found = []
            for batch in batches(images, self._device, _BATCH):
                views = transformed(batch, self.parameters.max_shift)
                features = F.normalize(backbone(views.flatten(0, 1)), dim=1)
                found.append(features.view(len(batch), -1).cpu().numpy())
        return np.concatenate(found)
