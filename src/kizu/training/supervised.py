"""Supervised training: a network, a loss against targets."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.schedules import Schedule
from kizu.training.task import Batch

Augment = Callable[[Tensor, torch.Generator], Tensor]


class SupervisedTask:
    """One step: one batch, one update of a classifier.

    Batches carry `images` (uint8 (N, C, H, W)) and `labels` (int64 (N,)).

    Args:
        model: `forward(images (N, C, H, W) in [-1, 1]) -> logits (N, K)`.
        optimizer: Over the model's parameters.
        loss: `(logits, labels) -> scalar`.
        augment: `(images in [-1, 1], generator) -> images`, training batches only.
        schedule: Learning rate factor.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        loss: Callable[[Tensor, Tensor], Tensor],
        *,
        augment: Augment | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.model = model
        self.loss = loss
        self.augment = augment
        self.networks = {"model": model}
        self.optimizers = {"model": optimizer}
        self.schedules = {"model": schedule} if schedule else {}
        self.averages: dict[str, ExponentialMovingAverage] = {}
        self.batches_per_step = 1

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train on one batch.

        Returns:
            `loss`, and `accuracy` on the augmented batch.
        """
        (batch,) = batches
        images, labels = to_unit(batch["images"]), batch["labels"]
        if self.augment is not None:
            images = self.augment(images, context.generator)
        with context.autocast():
            logits = self.model(images).float()
            loss = self.loss(logits, labels)
        context.update(loss, self.optimizers["model"])
        accuracy = (logits.detach().argmax(1) == labels).float().mean()
        return {"loss": loss.detach(), "accuracy": accuracy}
