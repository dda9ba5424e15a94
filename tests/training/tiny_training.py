"""A conditional GAN small enough to train in a second, with every kind of state that must resume.

Batch norm has running statistics, spectral norm its vectors, dropout draws from the global stream,
and the noise from the run's own. As a script, it trains and writes the weights::

    python tiny_training.py CHECKPOINTS OUTPUT [--die-at STEP --by SIGNAL]
"""

import argparse
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from kizu.training.adversarial import AdversarialTask
from kizu.training.context import StepContext
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.game import discriminator_objective, generator_objective
from kizu.training.loop import train
from kizu.training.optimizers import adam
from kizu.training.randomness import seeded
from kizu.training.settings import TrainingParameters

CLASSES = 3


class TinyGenerator(nn.Module):
    """Latent (N, 4) and labels (N,) to images (N, 1, 4, 4)."""

    def __init__(self, class_count: int = CLASSES) -> None:
        super().__init__()
        self.latent_dim = 4
        self.class_count = class_count
        self.embedding = nn.Embedding(max(class_count, 1), 4)
        self.linear = nn.Linear(4, 8 * 4)
        self.norm = nn.BatchNorm2d(8)
        self.image = nn.ConvTranspose2d(8, 1, 2, stride=2)

    def forward(self, latent: Tensor, labels: Tensor | None) -> Tensor:
        if labels is not None:
            latent = latent + self.embedding(labels)
        hidden = F.relu(self.norm(self.linear(latent).view(-1, 8, 2, 2)))
        return torch.tanh(self.image(hidden))


class TinyVerdict(NamedTuple):
    logits: Tensor
    class_logits: Tensor | None = None
    quantization_loss: Tensor | None = None
    codebooks: Mapping = {}


class TinyDiscriminator(nn.Module):
    """Images (N, 1, 4, 4) and labels (N,) to logits (N,)."""

    def __init__(self, *, batch_norm: bool = False, dropout: float = 0.2) -> None:
        super().__init__()
        self.convolution = spectral_norm(nn.Conv2d(1, 8, 3, padding=1))
        self.norm = nn.BatchNorm2d(8) if batch_norm else nn.Identity()
        self.couples_batch = batch_norm
        self.dropout = nn.Dropout(dropout)
        self.head = spectral_norm(nn.Linear(8, 1))
        self.embedding = nn.Embedding(CLASSES, 8)

    def forward(self, images: Tensor, labels: Tensor | None) -> Tensor:
        hidden = self.dropout(F.leaky_relu(self.norm(self.convolution(images)), 0.1)).sum((2, 3))
        logits = self.head(hidden).squeeze(1)
        if labels is not None:
            logits = logits + (self.embedding(labels) * hidden).sum(1)
        return logits

    def judge(
        self, images: Tensor, labels: Tensor | None, *, update_codebooks: bool = False
    ) -> TinyVerdict:
        return TinyVerdict(self(images, labels))


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def hinge_generator(fake_logits: Tensor) -> Tensor:
    return -fake_logits.mean()


def tiny_task(
    *, discriminator_steps: int = 2, batch_norm: bool = False, **more: object
) -> AdversarialTask:
    """The GAN, its averaged generator, and a learning rate that falls."""
    with seeded(7):
        generator, discriminator = TinyGenerator(), TinyDiscriminator(batch_norm=batch_norm)
    terms = {
        "generator_terms": [generator_objective(hinge_generator)],
        "discriminator_terms": [discriminator_objective(hinge_discriminator)],
    }
    return AdversarialTask(
        generator,
        discriminator,
        generator_optimizer=adam(generator.parameters(), 1e-2, (0.0, 0.9)),
        discriminator_optimizer=adam(discriminator.parameters(), 1e-2, (0.0, 0.9)),
        discriminator_steps=discriminator_steps,
        average=ExponentialMovingAverage(generator, 0.99),
        schedules={"generator": lambda step: 0.99**step},
        **terms | more,  # type: ignore[arg-type]
    )


def tiny_arrays(count: int = 50) -> dict[str, np.ndarray]:
    """Labels, and images whose brightness tells them."""
    random = np.random.default_rng(5)
    labels = random.integers(0, CLASSES, count)
    noise = random.integers(0, 40, (count, 1, 4, 4))
    return {
        "images": (labels[:, None, None, None] * 100 + noise).astype(np.uint8),
        "labels": labels,
    }


def weights(task: AdversarialTask) -> dict[str, Tensor]:
    """Everything that the training changed, by name."""
    modules = dict(task.networks)
    modules |= {f"{name}_average": average.network for name, average in task.averages.items()}
    return {
        f"{name}.{key}": value.detach().clone()
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }


class DyingTask:
    """Passes a task through, and does something terrible before a chosen step."""

    def __init__(self, task: AdversarialTask, step: int, die: object) -> None:
        self.networks, self.optimizers = task.networks, task.optimizers
        self.schedules, self.averages = task.schedules, task.averages
        self.batches_per_step = task.batches_per_step
        self._task, self._left, self._die = task, step, die

    def step(self, batches: Sequence[Mapping[str, Tensor]], context: StepContext) -> dict:
        if self._left == 0:
            self._die()  # type: ignore[operator]
        self._left -= 1
        return self._task.step(batches, context)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--die-at", type=int)
    parser.add_argument("--by", default="SIGKILL")
    arguments = parser.parse_args()
    settings = TrainingParameters(
        steps=40, batch_size=8, device="cpu", log_every=6, checkpoint_every=5
    )
    task = inner = tiny_task()
    if arguments.die_at is not None:
        number = signal.Signals[arguments.by]
        task = DyingTask(inner, arguments.die_at, lambda: os.kill(os.getpid(), number))
    train(task, tiny_arrays(), settings, arguments.checkpoints)
    save_file(weights(inner), arguments.output)


if __name__ == "__main__":
    main()
