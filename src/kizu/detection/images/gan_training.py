"""The GAN of normal images that AnoGAN searches, and that f-AnoGAN inverts."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from kizu.detection.images.gan_parameters import GanParameters
from kizu.detection.named_task import NamedTask
from kizu.models.gan import Discriminator, Generator, build_gan
from kizu.objectives.adversarial import ADVERSARIAL
from kizu.training.adversarial import AdversarialTask
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.game import discriminator_objective, generator_objective
from kizu.training.loop import train
from kizu.training.optimizers import adam
from kizu.training.randomness import seeded
from kizu.training.settings import TrainingParameters

_BETAS = (0.5, 0.999)


class TrainedGan(NamedTuple):
    """What is left of the training.

    Attributes:
        generator: the moving average of its weights.
        discriminator: as it ended.
        history: rows of the training.
    """

    generator: Generator
    discriminator: Discriminator
    history: list[dict[str, float]]


def train_gan(
    name: str,
    images: np.ndarray,
    gan: GanParameters,
    training: TrainingParameters,
    checkpoints: Path | None,
) -> TrainedGan:
    """Train a GAN.

    Args:
        name: of the detector, which its metrics carry.
        images: uint8 (N, C, H, W) with H = W.
        gan: its parameters.
        training: how long, and how.
        checkpoints: a folder for this training alone; None keeps none.
    """
    _, channels, size, _ = images.shape
    with seeded(training.seed):
        generator, discriminator = build_gan(
            gan.family,
            image_size=size,
            channels=channels,
            latent_dim=gan.latent_dim,
            generator_width=gan.generator_width,
            discriminator_width=gan.discriminator_width,
        )
    objective = ADVERSARIAL[gan.objective]
    average = ExponentialMovingAverage(generator, gan.average_decay)
    task = AdversarialTask(
        generator,
        discriminator,
        generator_terms=[generator_objective(objective.generator)],
        discriminator_terms=[discriminator_objective(objective.discriminator)],
        generator_optimizer=adam(generator.parameters(), gan.generator_learning_rate, _BETAS),
        discriminator_optimizer=adam(
            discriminator.parameters(), gan.discriminator_learning_rate, _BETAS
        ),
        discriminator_steps=gan.discriminator_steps,
        average=average,
    )
    result = train(
        NamedTask(name, task), {"images": images}, training, checkpoints, description=name
    )
    return TrainedGan(average.network, discriminator, result.history)
