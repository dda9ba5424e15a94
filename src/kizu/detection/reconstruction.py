"""Training of autoencoders of float items."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
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

    With noise the autoencoder is a denoising one (Vincent et al. 2008, "Extracting and Composing
    Robust Features with Denoising Autoencoders", section 2.3): it sees the inputs corrupted and is
    to return them clean. It then cannot learn to pass on whatever comes, normal or not.

    Args:
        autoencoder: maps inputs to reconstructions of the same shape.
        learning_rate: Adam's, after a warm-up; it falls to 0 along a cosine.
        steps: of the whole training.
        inputs: maps a batch of items to what the autoencoder takes.
        noise: standard deviation of the Gaussian noise on the inputs, in their units.
    """

    def __init__(
        self,
        autoencoder: nn.Module,
        *,
        learning_rate: float,
        steps: int,
        inputs: Callable[[Tensor], Tensor],
        noise: float,
    ) -> None:
        self.autoencoder = autoencoder
        self.inputs = inputs
        self.noise = noise
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
        clean = self.inputs(batch["items"])
        with context.autocast():
            loss = F.mse_loss(self.autoencoder(self._corrupt(clean, context)).float(), clean)
        context.update(loss, self.optimizers["autoencoder"])
        return {"loss": loss.detach()}

    def _corrupt(self, clean: Tensor, context: StepContext) -> Tensor:
        if self.noise == 0:
            return clean
        noise = torch.randn(clean.shape, generator=context.generator, device=clean.device)
        return clean + self.noise * noise


def train_autoencoder(
    name: str,
    autoencoder: nn.Module,
    items: np.ndarray,
    *,
    learning_rate: float,
    training: TrainingParameters,
    checkpoints: Path | None,
    inputs: Callable[[Tensor], Tensor] = lambda items: items,
    noise: float = 0,
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
        noise: see `ReconstructionTask`.
    """
    task = ReconstructionTask(
        autoencoder, learning_rate=learning_rate, steps=training.steps, inputs=inputs, noise=noise
    )
    named = NamedTask(name, task)
    return train(named, {"items": items}, training, checkpoints, description=name).history
