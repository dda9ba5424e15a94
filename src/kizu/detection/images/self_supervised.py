"""A network that no anomalous image has shaped: it learns to tell transformations apart."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from kizu.detection.images.arrays import check_images
from kizu.detection.images.parameters import SelfSupervisedParameters
from kizu.detection.images.transformations import transformation_count, transformed
from kizu.detection.named_task import NamedTask
from kizu.detection.networks import frozen
from kizu.models.encoder import Encoder
from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import seeded
from kizu.training.schedules import Schedule, warmup_cosine
from kizu.training.task import Batch


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


def train_backbone(
    name: str,
    images: np.ndarray,
    parameters: SelfSupervisedParameters,
    checkpoints: Path | None,
) -> tuple[Encoder, list[dict[str, float]]]:
    """Train a network on normal images alone.

    Args:
        name: of the detector, which its metrics carry.
        images: uint8 (N, C, H, W) with H = W.
        parameters: of network and training.
        checkpoints: a folder for this training alone; None keeps none.

    Returns:
        The network and the rows of its training.

    Raises:
        ValueError: the images are not square, or not larger than ``max_shift``.
    """
    _, channels, size, _ = check_images(images, square=True).shape
    if parameters.max_shift >= size:
        raise ValueError(
            f"max_shift={parameters.max_shift} must be less than the images' size {size}"
        )
    training = parameters.training
    with seeded(training.seed):
        backbone = Encoder(size, channels, parameters.feature_dim, parameters.width)
        task = TransformationTask(
            backbone,
            learning_rate=parameters.learning_rate,
            weight_decay=parameters.weight_decay,
            max_shift=parameters.max_shift,
            steps=training.steps,
        )
    result = train(
        NamedTask(name, task), {"images": images}, training, checkpoints, description=name
    )
    return backbone, result.history


def view_features(
    backbone: Encoder, images: Iterable[Tensor], max_shift: int
) -> NDArray[np.float32]:
    """Map images to the unit features of their T views, side by side.

    Args:
        backbone: of `train_backbone`.
        images: batches (n, C, H, W) in [-1, 1] on its device.
        max_shift: see `transformed`.

    Returns:
        (N, T · F).
    """
    with frozen(backbone), torch.no_grad():
        found = []
        for batch in images:
            views = transformed(batch, max_shift)
            features = F.normalize(backbone(views.flatten(0, 1)), dim=1)
            found.append(features.view(len(batch), -1).cpu().numpy())
    return np.concatenate(found)
