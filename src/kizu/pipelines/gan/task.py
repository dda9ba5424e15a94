"""The training task that the parameters describe."""

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
    chosen: dict[str, tuple[nn.Module, AdamParameters]] = {
        "generator": (generator, parameters.optimizers.generator),
        "discriminator": (discriminator, parameters.optimizers.discriminator),
    }
    optimizers = {
        f"{name}_optimizer": adam(network.parameters(), own.learning_rate, (own.beta1, own.beta2))
        for name, (network, own) in chosen.items()
    }
    return AdversarialTask(
        generator,
        discriminator,
        discriminator_terms=discriminator_terms(parameters, discriminator),
        generator_terms=generator_terms(parameters, generator),
        **optimizers,
        **view(parameters)._asdict(),
        discriminator_steps=parameters.schedules.discriminator_steps,
        generator_batch_multiple=parameters.schedules.generator_batch_multiple,
        average=ExponentialMovingAverage(generator, parameters.schedules.average_decay),
        schedules={
            name: linear_decay(parameters.training.steps, own.decay_start)
            for name, (_, own) in chosen.items()
            if own.decay_start is not None
        },
    )
