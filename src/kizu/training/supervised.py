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
"""`(images in [-1, 1], generator) -> images`."""

Mix = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]
"""`(images in [-1, 1], labels (N,), generator) -> images, targets (N, K)`."""


class SupervisedTask:
    """One step: one batch, one update of a classifier.

    Batches carry `images` (uint8 (N, C, H, W)) and `labels` (int64 (N,)).

    Args:
        model: `forward(images (N, C, H, W) in [-1, 1]) -> logits (N, K)`.
        optimizer: Over the model's parameters.
        loss: `(logits, targets) -> scalar`; the targets are labels, or what `mix` makes of them.
        augment: Changes the images of a training batch.
        mix: Mixes the augmented images, and their labels alike.
        average: Moving average of the model, kept by the engine.
        schedule: Learning rate factor.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        loss: Callable[[Tensor, Tensor], Tensor],
        *,
        augment: Augment | None = None,
        mix: Mix | None = None,
        average: ExponentialMovingAverage | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.model = model
        self.loss = loss
        self.augment = augment
        self.mix = mix
        self.networks = {"model": model}
        self.optimizers = {"model": optimizer}
        self.schedules = {"model": schedule} if schedule else {}
        self.averages = {"model": average} if average else {}
        self.batches_per_step = 1

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train on one batch.

        Returns:
            `loss`, and `accuracy` on the augmented batch; of a mixture, the label that has the
            largest share counts.
        """
        (batch,) = batches
        images, targets = to_unit(batch["images"]), batch["labels"]
        if self.augment is not None:
            images = self.augment(images, context.generator)
        if self.mix is not None:
            images, targets = self.mix(images, targets, context.generator)
        with context.autocast():
            logits = self.model(images).float()
            loss = self.loss(logits, targets)
        context.update(loss, self.optimizers["model"])
        labels = targets.argmax(1) if targets.ndim == 2 else targets
        accuracy = (logits.detach().argmax(1) == labels).float().mean()
        return {"loss": loss.detach(), "accuracy": accuracy}
