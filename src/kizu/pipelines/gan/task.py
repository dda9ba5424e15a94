"""The training task that the parameters describe."""

import torch
from torch import nn

from kizu.models.gan import Discriminator, Generator
from kizu.pipelines.gan.parameters import AdamParameters, GanParameters
from kizu.pipelines.gan.techniques import discriminator_terms, generator_terms, view
from kizu.training.adversarial import AdversarialTask
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.optimizers import adam
from kizu.training.schedules import linear_decay


def adversarial_task(
    parameters: GanParameters, generator: Generator, discriminator: Discriminator
) -> AdversarialTask:
    """Put networks, losses, augmentation, optimizers and schedules together."""
    optimizers = parameters.optimizers
    return AdversarialTask(
        generator,
        discriminator,
        discriminator_terms=discriminator_terms(parameters, discriminator),
        generator_terms=generator_terms(parameters, generator),
        generator_optimizer=_optimizer(generator, optimizers.generator),
        discriminator_optimizer=_optimizer(discriminator, optimizers.discriminator),
        **view(parameters)._asdict(),
        discriminator_steps=parameters.schedules.discriminator_steps,
        generator_batch_multiple=parameters.schedules.generator_batch_multiple,
        average=ExponentialMovingAverage(generator, parameters.schedules.average_decay),
        schedules={
            name: linear_decay(parameters.training.steps, own.decay_start)
            for name, own in optimizers
            if own.decay_start is not None
        },
    )


def _optimizer(network: nn.Module, parameters: AdamParameters) -> torch.optim.Adam:
    betas = parameters.beta1, parameters.beta2
    return adam(network.parameters(), parameters.learning_rate, betas)
