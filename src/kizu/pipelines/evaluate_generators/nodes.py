"""Nodes of the stage `evaluate_generators`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters


def measure_real_images(
    images: np.ndarray,
    image_index: Any,
    classifier_model: Any,
    parameters: EvaluateGeneratorsParameters,
) -> Any:
    """Measure the real splits, once for all that is compared with them.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label` and `split`.
        classifier_model: holds the classifier.
        parameters: of the stage.

    Returns:
        A `kizu.pipelines.evaluate_generators.real_images.RealImages`.
    """
    from kizu.pipelines.evaluate_generators.real_images import look_at_real_images

    return look_at_real_images(images, image_index, classifier_model, parameters)


def measure_fidelity(
    real: Any, gan_model: Any, classifier_model: Any, parameters: EvaluateGeneratorsParameters
) -> tuple[dict[str, float], np.ndarray]:
    """Compare the GAN's images with the train and the test split, on the chosen features.

    Args:
        real: of `measure_real_images`.
        gan_model: holds the averaged generator.
        classifier_model: holds the classifier.
        parameters: of the stage.

    Returns:
        Metrics and picture, see `kizu.pipelines.evaluate_generators.comparison`.
    """
    from kizu.models.gan import GENERATORS
    from kizu.models.serialization import unpack
    from kizu.pipelines.evaluate_generators.comparison import compare_with_real

    generator = unpack(gan_model, "generator_average", *GENERATORS)
    return compare_with_real(generator, real, classifier_model, parameters)


def measure_diffusion(
    real: Any,
    diffusion_model: Any,
    classifier_model: Any,
    diffusion: Any,
    parameters: EvaluateGeneratorsParameters,
) -> tuple[dict[str, float], np.ndarray]:
    """Compare the diffusion model's images as `measure_fidelity` does those of the GAN.

    Args:
        real: of `measure_real_images`.
        diffusion_model: holds the averaged network.
        classifier_model: holds the classifier.
        diffusion: parameters of the stage `diffusion` as they stand; `sampler` says how to sample.
        parameters: of the stage.
    """
    from kizu.evaluation.diffusion_generation import unpack_diffusion
    from kizu.pipelines.evaluate_generators.comparison import compare_with_real
    from kizu.pipelines.evaluate_generators.methods import own_sampler

    generator = unpack_diffusion(diffusion_model, own_sampler(diffusion))
    return compare_with_real(generator, real, classifier_model, parameters)


def compare_diffusion_samplers(
    real: Any,
    diffusion_model: Any,
    classifier_model: Any,
    diffusion: Any,
    parameters: EvaluateGeneratorsParameters,
) -> tuple[list[dict[str, float | str]], dict[str, float], Any]:
    """Measure what the diffusion model's samples gain from more steps, by several methods.

    Arguments as of `measure_diffusion`.

    Returns:
        A row a method and number of steps, against the test split; the same rows flat, as
        ``<label>.<steps>.<metric>``; and the figure of their Fréchet distances.
    """
    from kizu.evaluation.diffusion_generation import unpack_diffusion
    from kizu.evaluation.sampler_comparison import compare_samplers
    from kizu.pipelines.evaluate_generators.extractor import Extractor
    from kizu.pipelines.evaluate_generators.methods import compared_samplers, own_sampler
    from kizu.pipelines.evaluate_generators.samples import latents_and_labels
    from kizu.reporting.diffusion_figures import quality_by_evaluations
    from kizu.training.device import resolve_device

    comparison, own = parameters.sampler_comparison, own_sampler(diffusion)
    samplers = compared_samplers(comparison, own, diffusion_model)
    device = resolve_device(parameters.device)
    extractor = Extractor(classifier_model, parameters, device)
    generator: Any = unpack_diffusion(diffusion_model, own)
    rows = compare_samplers(
        diffusion_model,
        samplers,
        *latents_and_labels(
            generator, real.labels["train"], comparison.sample_count, parameters.seed
        ),
        lambda samples: extractor.outputs(samples).features,
        real.splits.test,
        parameters.fidelity.in_subsets_of_at_most(comparison.sample_count),
        device=device,
        batch_size=parameters.batch_size,
    )
    flat = {
        f"{row['label']}.{row['steps']}.{name}": float(value)
        for row in rows
        for name, value in row.items()
        if name not in ("label", "steps")
    }
    return rows, flat, quality_by_evaluations(rows)


def trace_fidelity(
    real: Any,
    gan_model: Any,
    gan_snapshots: dict[str, Path],
    classifier_model: Any,
    parameters: EvaluateGeneratorsParameters,
) -> list[dict[str, float]]:
    """Measure the generator as it was at every evaluation of its training.

    Args:
        real: of `measure_real_images`.
        gan_model: holds the averaged generator.
        gan_snapshots: its weights along the way, `<step>.safetensors`.
        classifier_model: holds the classifier.
        parameters: of the stage.

    Returns:
        A row a step: `step`, `train.frechet_distance`, `test.frechet_distance` and, of a
        conditional generator, `label_accuracy`; from the latents of `measure_fidelity`.
    """
    from safetensors.numpy import load_file

    from kizu.evaluation.frechet import frechet_distance
    from kizu.evaluation.moments import moments
    from kizu.models.gan import GENERATORS
    from kizu.models.serialization import unpack
    from kizu.pipelines.evaluate_generators.extractor import Extractor
    from kizu.pipelines.evaluate_generators.samples import generate_samples
    from kizu.training.device import resolve_device

    device = resolve_device(parameters.device)
    extractor = Extractor(classifier_model, parameters, device)
    references = {"train": real.splits.train.moments, "test": real.splits.test.moments}
    history = []
    for file, path in sorted(gan_snapshots.items()):
        tensors = {f"generator_average.{name}": array for name, array in load_file(path).items()}
        snapshot: Any = {"config": gan_model["config"], "tensors": tensors}
        generator = unpack(snapshot, "generator_average", *GENERATORS).to(device)
        generated, asked = generate_samples(generator, real.labels["train"], parameters)
        seen = extractor.outputs(generated)
        found = moments(seen.features)
        row = {"step": int(Path(file).stem)} | {
            f"{name}.frechet_distance": frechet_distance(reference, found)
            for name, reference in references.items()
        }
        if asked is not None:
            row["label_accuracy"] = extractor.label_accuracy(generated, asked, seen)
        history.append(row)
    return history


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
