"""Denoising training: a network, and losses at noise levels drawn afresh for every batch."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.schedules import Schedule
from kizu.training.task import Batch

DenoisingLosses = Callable[[nn.Module, Tensor, Tensor | None, torch.Generator], Tensor]
"""``(network, clean images (N, C, H, W), labels (N,) | None, generator) -> losses (N,)``."""


class DenoisingTask:
    """One step: one batch, one update of a network that denoises.

    Batches carry `images` (uint8 (N, C, H, W)) and, for a conditional network, `labels`
    (int64 (N,)).

    Args:
        network: What is trained; of its attributes `class_count` is read (0: unconditional).
        optimizer: Over the network's parameters.
        losses: Draws levels and noise from the generator it gets, and from nothing else.
        label_dropout: Probability of telling the network no class, but `class_count`, so that it
            learns the unconditional distribution as well (classifier-free guidance).
        average: Moving average of the network, kept by the engine.
        schedule: Learning rate factor.

    Raises:
        ValueError: `label_dropout` is not in [0, 1), or above 0 without classes.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: Optimizer,
        losses: DenoisingLosses,
        *,
        label_dropout: float = 0.0,
        average: ExponentialMovingAverage | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.network = network
        self.losses = losses
        self.class_count = int(getattr(network, "class_count", 0))
        if not 0 <= label_dropout < 1:
            raise ValueError(f"label_dropout must be in [0, 1), got {label_dropout}")
        if label_dropout and not self.class_count:
            raise ValueError(f"label_dropout is {label_dropout}, but the network knows no classes")
        self.label_dropout = label_dropout
        self.networks = {"network": network}
        self.optimizers = {"network": optimizer}
        self.schedules = {"network": schedule} if schedule else {}
        self.averages = {"network": average} if average else {}
        self.batches_per_step = 1

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train on one batch.

        Returns:
            `loss`, the mean over the batch.
        """
        (batch,) = batches
        images = to_unit(batch["images"])
        labels = self._labels(batch, context) if self.class_count else None
        with context.autocast():
            loss = self.losses(self.network, images, labels, context.generator).mean()
        context.update(loss, self.optimizers["network"])
        return {"loss": loss.detach()}

    def _labels(self, batch: Batch, context: StepContext) -> Tensor:
        labels = batch["labels"]
        if not self.label_dropout:
            return labels
        draws = torch.rand(len(labels), generator=context.generator, device=context.device)
        return labels.masked_fill(draws < self.label_dropout, self.class_count)
