"""Training of autoencoders of float items."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.detection.named_task import NamedTask
from kizu.training.context import StepContext
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.loop import train
from kizu.training.optimizers import adam
from kizu.training.schedules import Schedule, warmup_cosine
from kizu.training.settings import TrainingParameters
from kizu.training.task import Batch

_BETAS = (0.9, 0.999)


class ReconstructionTask:
    """One step: one batch, one update down the mean squared error of its reconstruction.

    Args:
        autoencoder: maps inputs to reconstructions of the same shape.
        learning_rate: Adam's, after a warm-up; it falls to 0 along a cosine.
        steps: of the whole training.
        inputs: maps a batch of items to what the autoencoder takes.
    """

    def __init__(
        self,
        autoencoder: nn.Module,
        *,
        learning_rate: float,
        steps: int,
        inputs: Callable[[Tensor], Tensor],
    ) -> None:
        self.autoencoder = autoencoder
        self.inputs = inputs
        self.networks = {"autoencoder": autoencoder}
        self.optimizers = {"autoencoder": adam(autoencoder.parameters(), learning_rate, _BETAS)}
        self.schedules: dict[str, Schedule] = {"autoencoder": warmup_cosine(steps, steps // 20)}
        self.averages: dict[str, ExponentialMovingAverage] = {}
        self.batches_per_step = 1

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train on one batch.

        Returns:
            ``loss``.
        """
        (batch,) = batches
        inputs = self.inputs(batch["items"])
        with context.autocast():
            loss = F.mse_loss(self.autoencoder(inputs).float(), inputs)
        context.update(loss, self.optimizers["autoencoder"])
        return {"loss": loss.detach()}


def train_autoencoder(
    name: str,
    autoencoder: nn.Module,
    items: np.ndarray,
    *,
    learning_rate: float,
    training: TrainingParameters,
    checkpoints: Path | None,
    inputs: Callable[[Tensor], Tensor] = lambda items: items,
) -> list[dict[str, float]]:
    """Train an autoencoder in place, and return the history, its metrics under the name.

    Args:
        name: of the detector.
        autoencoder: maps inputs to reconstructions of the same shape.
        items: float32 (N, …).
        learning_rate: see `ReconstructionTask`.
        training: its batch size counts items.
        checkpoints: a folder for this training; None keeps none.
        inputs: see `ReconstructionTask`.
    """
    task = ReconstructionTask(
        autoencoder, learning_rate=learning_rate, steps=training.steps, inputs=inputs
    )
    named = NamedTask(name, task)
    return train(named, {"items": items}, training, checkpoints, description=name).history
