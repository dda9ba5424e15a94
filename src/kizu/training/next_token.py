"""Training of a language model: name the next token."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from kizu.training.context import StepContext
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.schedules import Schedule
from kizu.training.task import Batch

NO_TOKEN = -1
"""Stands where there is nothing: after a sequence's end, and where nothing is to be named."""


class NextTokenTask:
    """One step: one batch of sequences, one update.

    Batches carry ``tokens``, integers (N, L), with `NO_TOKEN` after a sequence's end, and
    ``targets`` (N, L): the same tokens where they are to be named from those before, and
    `NO_TOKEN` where they are only read. The first token is never named.

    Args:
        model: ``forward(tokens (N, L) int64) -> logits (N, L, V)``, causal.
        optimizer: over the model's parameters.
        schedule: learning rate factor.
    """

    def __init__(self, model: nn.Module, optimizer: Optimizer, schedule: Schedule) -> None:
        self.model = model
        self.networks = {"model": model}
        self.optimizers = {"model": optimizer}
        self.schedules = {"model": schedule}
        self.averages: dict[str, ExponentialMovingAverage] = {}
        self.batches_per_step = 1

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train on one batch.

        Returns:
            ``loss``, nats a token.
        """
        (batch,) = batches
        # Behind the end stands any token: no target looks at it.
        inputs = batch["tokens"][:, :-1].long().clamp(min=0)
        targets = batch["targets"][:, 1:].long()
        with context.autocast():
            logits = self.model(inputs).float()
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=NO_TOKEN)
        context.update(loss, self.optimizers["model"])
        return {"loss": loss.detach()}
