"""Batch statistics of the averaged generator, measured with its own weights."""

import torch

from kizu.models.gan import Generator
from kizu.models.standing import standing_statistics
from kizu.pipelines.gan.parameters import GanParameters
from kizu.training.randomness import derived_seed

# Purpose of the seed, apart from those for which the training derives its own.
_STANDING = 17


def measure_statistics(average: Generator, parameters: GanParameters) -> None:
    """Replace the average's batch statistics, in place, if the parameters ask for it.

    The latents are those of training: normal, with labels uniform over the classes.
    """
    count = parameters.training.batch_size * parameters.schedules.generator_batch_multiple
    if not parameters.schedules.standing_batches:
        return
    device = next(average.parameters()).device
    draws = torch.Generator().manual_seed(derived_seed(parameters.training.seed, _STANDING))

    def batch() -> tuple[torch.Tensor, torch.Tensor | None]:
        latent = torch.randn(count, average.latent_dim, generator=draws).to(device)
        if not average.class_count:
            return latent, None
        return latent, torch.randint(average.class_count, (count,), generator=draws).to(device)

    batches = range(parameters.schedules.standing_batches)
    standing_statistics(average, (batch() for _ in batches))
