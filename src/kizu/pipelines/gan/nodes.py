"""Nodes of the stage `gan`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.gan.parameters import GanParameters

# Rows of the picture of samples when the generator knows no classes.
_UNCONDITIONAL_ROWS = 10


def train_gan(
    images: np.ndarray, image_index: Any, parameters: GanParameters, checkpoints: Path
) -> tuple[dict[str, Any], list[dict[str, float]], dict[str, bytes], dict[str, Path]]:
    """Train a generator and a discriminator on the train split.

    Args:
        images: (N, C, H, W) uint8, H = W.
        image_index: data frame of N rows with `label`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this training.

    Returns:
        The packed `generator`, `discriminator` and `generator_average` (the one to sample from),
        with the names of the classes; the history; a gallery of what the generator drew along the
        way, and of what attention layers look at where there are any; and the average's weights
        along the way, `<step>.safetensors`.
    """
    from kizu.models.serialization import pack
    from kizu.pipelines.gan.networks import build_networks, check_classes
    from kizu.pipelines.gan.standing import measure_statistics
    from kizu.pipelines.gan.task import adversarial_task
    from kizu.pipelines.progress import Progress, attention_exhibits
    from kizu.reporting.gallery import gallery_files
    from kizu.training.loop import train
    from kizu.training.randomness import seeded

    trained = (image_index["split"] == "train").to_numpy()
    labels = image_index["label"].to_numpy()[trained]
    names = image_index.drop_duplicates("label").sort_values("label")["class_name"].tolist()
    check_classes(labels, len(names))
    with seeded(parameters.training.seed):
        generator, discriminator = build_networks(
            parameters, image_shape=images.shape[1:], class_count=len(names)
        )
    task = adversarial_task(parameters, generator, discriminator)
    average = task.averages["generator"].network
    progress = Progress(
        average,
        checkpoints / "progress",
        columns=parameters.samples_per_class,
        seed=parameters.training.seed,
        batch_size=parameters.training.batch_size,
    )
    result = train(
        task,
        {"images": images[trained], "labels": labels},
        parameters.training,
        checkpoints,
        evaluate=progress.draw,
        description="gan",
    )
    measure_statistics(average, parameters)
    seen = attention_exhibits(average, discriminator.eval(), seed=parameters.training.seed)
    packed = pack(generator=generator, discriminator=discriminator, generator_average=average)
    config = packed["config"] | {
        "class_names": names,
        "nondeterministic_operations": result.nondeterministic,
    }
    model = {"config": config, "tensors": packed["tensors"]}
    gallery = gallery_files([*progress.exhibits(), *seen])
    return model, result.history, gallery, progress.snapshots()


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
    """Draw both losses, the discriminator's mean logits, and what else was logged, by the step.

    The two networks' terms of one name, and codebooks' figures of one kind, share a panel.
    """
    from kizu.reporting.figures import training_curves

    panels = {
        "loss": ["discriminator_loss", "generator_loss"],
        "_logits": ["real_logits", "fake_logits"],
    }
    shown = {"step", *panels["loss"], *panels["_logits"]}
    for name in sorted({name for row in history for name in row} - shown):
        panels.setdefault(_panel(name), []).append(name)
    return training_curves(history, list(panels.values()), title="GAN")


def _panel(name: str) -> str:
    for suffix in ("_perplexity", "_dead_codes"):
        if name.endswith(suffix):
            return suffix
    return name.removeprefix("discriminator_").removeprefix("generator_")
