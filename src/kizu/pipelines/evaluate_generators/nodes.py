"""Nodes of the stage `evaluate_generators`."""

from typing import Any

import numpy as np

from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters


def measure_fidelity(
    images: np.ndarray,
    image_index: Any,
    gan_model: Any,
    classifier_model: Any,
    parameters: EvaluateGeneratorsParameters,
) -> dict[str, float]:
    """Compare generated images with the train and the test split, on the classifier's features.

    A conditional generator is asked for the class proportions of the train split.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label` and `split`.
        gan_model: holds the averaged generator.
        classifier_model: holds the classifier.
        parameters: of the stage.

    Returns:
        The metrics of `kizu.evaluation.fidelity.generator_metrics`.
    """
    import torch

    from kizu.evaluation.extraction import classifier_outputs
    from kizu.evaluation.fidelity import generator_metrics
    from kizu.evaluation.generation import generate_images, proportional_labels, sample_latents
    from kizu.models.gan import GENERATORS
    from kizu.models.serialization import unpack
    from kizu.models.vit import VisionTransformer
    from kizu.training.device import resolve_device

    device = resolve_device(parameters.device)
    classifier = unpack(classifier_model, "classifier", VisionTransformer).to(device)
    generator = unpack(gan_model, "generator_average", *GENERATORS).to(device)
    labels = image_index["label"].to_numpy()
    of_split = {name: (image_index["split"] == name).to_numpy() for name in ("train", "test")}
    asked = None
    if generator.class_count:
        asked = proportional_labels(
            labels[of_split["train"]], parameters.sample_count, generator.class_count
        )
    generated = generate_images(
        generator,
        sample_latents(parameters.sample_count, generator.latent_dim, parameters.seed),
        None if asked is None else torch.from_numpy(asked),
        batch_size=parameters.batch_size,
    )
    outputs = {
        name: classifier_outputs(classifier, pictures, batch_size=parameters.batch_size)
        for name, pictures in (
            ("generated", generated),
            ("train", images[of_split["train"]]),
            ("test", images[of_split["test"]]),
        )
    }
    return generator_metrics(
        labels=asked,
        test_labels=labels[of_split["test"]],
        settings=parameters.fidelity,
        **outputs,
    )


def draw_grids(
    gan_model: Any, parameters: EvaluateGeneratorsParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Draw samples, and paths between pairs of latents; a row holds one class.

    Args:
        gan_model: holds the averaged generator.
        parameters: of the stage.

    Returns:
        The two grids, uint8 (H, W) or (H, W, 3). Without classes, every row is a fresh draw.
    """
    from kizu.evaluation.generation import (
        generate_rows,
        interpolate_latents,
        row_count,
        sample_latents,
    )
    from kizu.models.gan import GENERATORS
    from kizu.models.serialization import unpack
    from kizu.reporting.grids import image_grid
    from kizu.training.device import resolve_device

    generator = unpack(gan_model, "generator_average", *GENERATORS)
    generator.to(resolve_device(parameters.device))
    rows, columns = row_count(generator), parameters.samples_per_class
    samples = sample_latents(rows * columns, generator.latent_dim, parameters.seed)
    starts, ends = sample_latents(2 * rows, generator.latent_dim, parameters.seed).chunk(2)
    latents_of_pictures = (
        samples.view(rows, columns, -1),
        interpolate_latents(starts, ends, parameters.interpolation_steps),
    )
    sample_grid, interpolation_grid = (
        image_grid(
            generate_rows(generator, latents, batch_size=parameters.batch_size),
            columns=latents.shape[1],
        )
        for latents in latents_of_pictures
    )
    return sample_grid, interpolation_grid
