"""The samples that a generator is judged by."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.evaluation.generation import (
    ImageGenerator,
    generate_images,
    proportional_labels,
    sample_latents,
)
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters


def generate_samples(
    generator: ImageGenerator,
    train_labels: NDArray[np.int64],
    parameters: EvaluateGeneratorsParameters,
) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
    """Generate as many images as the parameters want, in the class proportions of the train split.

    Args:
        generator: in evaluation mode.
        train_labels: (N,) of the train split.
        parameters: of the stage.

    Returns:
        Images (M, C, H, W), and the classes (M,) that were asked for; None without classes.
    """
    latents, asked = latents_and_labels(
        generator, train_labels, parameters.sample_count, parameters.seed
    )
    images = generate_images(
        generator,
        latents,
        None if asked is None else torch.from_numpy(asked),
        batch_size=parameters.batch_size,
    )
    return images, asked


def latents_and_labels(
    generator: ImageGenerator, train_labels: NDArray[np.int64], count: int, seed: int
) -> tuple[Tensor, NDArray[np.int64] | None]:
    """Draw latents (count, D), and classes in the proportions of the train split; or no classes.

    Args:
        generator: tells the size of a latent and the number of classes.
        train_labels: (N,) of the train split.
        count: number of samples.
        seed: of the latents.
    """
    asked = None
    if generator.class_count:
        asked = proportional_labels(train_labels, count, generator.class_count)
    return sample_latents(count, generator.latent_dim, seed), asked
