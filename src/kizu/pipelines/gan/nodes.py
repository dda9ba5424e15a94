"""Nodes of the stage `gan`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.gan.parameters import GanParameters

# Rows of the picture of samples when the generator knows no classes.
_UNCONDITIONAL_ROWS = 10


def train_gan(
    images: np.ndarray, image_index: Any, parameters: GanParameters, checkpoints: Path
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """Train a generator and a discriminator on the train split.

    Args:
        images: (N, C, H, W) uint8, H = W.
        image_index: data frame of N rows with `label`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this training.

    Returns:
        The packed `generator`, `discriminator` and `generator_average` (the one to sample from),
        with the names of the classes, and the history.
    """
    from kizu.models.gan import build_gan
    from kizu.models.serialization import pack
    from kizu.objectives.adversarial import ADVERSARIAL
    from kizu.training.adversarial import AdversarialTask
    from kizu.training.ema import ExponentialMovingAverage
    from kizu.training.loop import train
    from kizu.training.optimizers import adam
    from kizu.training.randomness import seeded

    trained = (image_index["split"] == "train").to_numpy()
    labels = image_index["label"].to_numpy()[trained]
    names = image_index.drop_duplicates("label").sort_values("label")["class_name"].tolist()
    with seeded(parameters.training.seed):
        generator, discriminator = build_gan(
            parameters.family,
            image_size=images.shape[-1],
            channels=images.shape[1],
            class_count=len(names) if parameters.conditional else 0,
            latent_dim=parameters.latent_dim,
            generator_width=parameters.generator_width,
            discriminator_width=parameters.discriminator_width,
        )
    average = ExponentialMovingAverage(generator, parameters.average_decay)
    for_generator, for_discriminator = (
        adam(network.parameters(), chosen.learning_rate, (chosen.beta1, chosen.beta2))
        for network, chosen in (
            (generator, parameters.generator_optimizer),
            (discriminator, parameters.discriminator_optimizer),
        )
    )
    objective = ADVERSARIAL[parameters.objective]
    result = train(
        AdversarialTask(
            generator,
            discriminator,
            generator_loss=objective.generator,
            discriminator_loss=objective.discriminator,
            generator_optimizer=for_generator,
            discriminator_optimizer=for_discriminator,
            discriminator_steps=parameters.discriminator_steps,
            generator_batch_multiple=parameters.generator_batch_multiple,
            average=average,
        ),
        {"images": images[trained], "labels": labels},
        parameters.training,
        checkpoints,
        description="gan",
    )
    packed = pack(
        generator=generator, discriminator=discriminator, generator_average=average.network
    )
    config = packed["config"] | {
        "class_names": names,
        "nondeterministic_operations": result.nondeterministic,
    }
    return {"config": config, "tensors": packed["tensors"]}, result.history


def draw_samples(model: Any, parameters: GanParameters) -> np.ndarray:
    """Draw samples of the averaged generator, a row a class.

    Args:
        model: the packed model of `train_gan`.
        parameters: of the stage.

    Returns:
        One picture, uint8 (H, W) or (H, W, 3).
    """
    import torch

    from kizu.evaluation.generation import generate_images, sample_latents
    from kizu.models.gan import GENERATORS
    from kizu.models.serialization import unpack
    from kizu.reporting.grids import image_grid

    generator = unpack(model, "generator_average", *GENERATORS)
    columns = parameters.samples_per_class
    rows = generator.class_count or _UNCONDITIONAL_ROWS
    latents = sample_latents(rows * columns, generator.latent_dim, parameters.training.seed)
    labels = torch.arange(rows).repeat_interleave(columns) if generator.class_count else None
    return image_grid(
        generate_images(generator, latents, labels, batch_size=parameters.training.batch_size),
        columns=columns,
    )


def draw_gan_curves(history: list[dict[str, float]]) -> Any:
    """Draw both losses, and the discriminator's mean logits, against the step."""
    from kizu.reporting.figures import training_curves

    series = [("discriminator_loss", "generator_loss"), ("real_logits", "fake_logits")]
    return training_curves(history, series, title="GAN")
