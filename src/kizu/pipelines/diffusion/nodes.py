"""Nodes of the stage `diffusion`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.diffusion.parameters import DiffusionParameters

# Images in a batch when nothing is trained.
_BATCH_SIZE = 256


def train_diffusion(
    images: np.ndarray, image_index: Any, parameters: DiffusionParameters, checkpoints: Path
) -> tuple[dict[str, Any], list[dict[str, float]], dict[str, bytes]]:
    """Train a denoising network on the train split, watched on the calibration split.

    Args:
        images: (N, C, H, W) uint8, H = W.
        image_index: data frame of N rows with `label`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this training.

    Returns:
        The packed `network` and `network_average` (the one to sample from), with the process and
        the names of the classes; the history; and a gallery of samples drawn along the way.
    """
    from functools import partial

    from kizu.diffusion.building import build_process
    from kizu.diffusion.formulations import training_losses
    from kizu.evaluation.diffusion_generation import DiffusionGenerator
    from kizu.models.serialization import pack
    from kizu.pipelines.diffusion.checks import check_data
    from kizu.pipelines.diffusion.watching import build_network, mean_loss
    from kizu.pipelines.progress import Progress
    from kizu.reporting.gallery import gallery_files
    from kizu.training.denoising import DenoisingTask
    from kizu.training.ema import ExponentialMovingAverage
    from kizu.training.loop import train
    from kizu.training.optimizers import adamw
    from kizu.training.randomness import seeded
    from kizu.training.schedules import warmup_cosine

    names = check_data(images, image_index)
    split, labels = image_index["split"].to_numpy(), image_index["label"].to_numpy()
    training = parameters.training
    with seeded(training.seed):
        network = build_network(
            parameters.network,
            image_size=images.shape[-1],
            channels=images.shape[1],
            class_count=len(names) if parameters.conditional else 0,
        )
    formulation, schedule = build_process(parameters.process)
    losses = partial(training_losses, formulation)
    average = ExponentialMovingAverage(network, parameters.average_decay)
    generator: Any = DiffusionGenerator(average.network, formulation, schedule, parameters.sampler)
    progress = Progress(
        generator,
        checkpoints / "progress",
        columns=parameters.samples_per_class,
        seed=training.seed,
        batch_size=_BATCH_SIZE,
    )
    watched = split == "calibration"

    def evaluate(step: int) -> dict[str, float]:
        calibration_loss = mean_loss(
            losses, average.network, images[watched], labels[watched], training.seed
        )
        return {"calibration_loss": calibration_loss, **progress.draw(step)}

    result = train(
        DenoisingTask(
            network,
            adamw(network, parameters.learning_rate, parameters.weight_decay),
            losses,
            label_dropout=parameters.label_dropout,
            average=average,
            schedule=warmup_cosine(training.steps, parameters.warmup_steps),
        ),
        {"images": images[split == "train"], "labels": labels[split == "train"]},
        training,
        checkpoints,
        evaluate=evaluate,
        description="diffusion",
    )
    packed = pack(network=network, network_average=average.network)
    config = packed["config"] | {
        "class_names": names,
        "process": parameters.process.model_dump(),
        # How to sample it when nobody says otherwise, and what guidance has to know.
        "sampling": parameters.model_dump(include={"sampler", "conditional", "label_dropout"}),
        "nondeterministic_operations": result.nondeterministic,
    }
    model = {"config": config, "tensors": packed["tensors"]}
    return model, result.history, gallery_files(progress.exhibits())


def measure_diffusion(
    images: np.ndarray, image_index: Any, model: Any, parameters: DiffusionParameters
) -> tuple[dict[str, float], list[dict[str, float]], Any]:
    """Bound the likelihood of both splits, and measure the error at each noise level.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label` and `split`.
        model: the packed model of `train_diffusion`.
        parameters: of the stage.

    Returns:
        ``<split>.bits_per_dimension`` and its terms; the errors, one row a level; their figure.
    """
    from kizu.evaluation.diffusion_generation import unpack_diffusion
    from kizu.pipelines.diffusion.watching import bound_metrics, errors_by_level, spread_rows
    from kizu.reporting.diffusion_figures import error_by_timestep
    from kizu.training.device import resolve_device

    generator = unpack_diffusion(model, parameters.sampler)
    generator.to(resolve_device(parameters.training.device))
    metrics: dict[str, float] = {}
    errors: dict[int, dict[str, float]] = {}
    for split in ("train", "test"):
        rows = spread_rows((image_index["split"] == split).to_numpy(), parameters.evaluation.images)
        labels = image_index["label"].to_numpy()[rows]
        arguments = (generator, images[rows], labels, parameters)
        for name, value in bound_metrics(*arguments).items():
            metrics[f"{split}.{name}"] = value
        for timestep, values in errors_by_level(*arguments).items():
            row = errors.setdefault(timestep, {"timestep": timestep})
            row |= {f"{split}.{name}": value for name, value in values.items()}
    ascending = [errors[timestep] for timestep in sorted(errors)]
    return metrics, ascending, error_by_timestep(ascending)


def draw_diffusion_samples(model: Any, parameters: DiffusionParameters) -> np.ndarray:
    """Draw samples of the averaged network, a row a class.

    Args:
        model: the packed model of `train_diffusion`.
        parameters: of the stage.

    Returns:
        One picture, uint8 (H, W) or (H, W, 3).
    """
    from kizu.evaluation.diffusion_generation import unpack_diffusion
    from kizu.evaluation.generation import generate_rows, row_count, sample_latents
    from kizu.reporting.grids import image_grid
    from kizu.training.device import resolve_device

    generator: Any = unpack_diffusion(model, parameters.sampler)
    generator.to(resolve_device(parameters.training.device))
    rows, columns = row_count(generator), parameters.samples_per_class
    latents = sample_latents(rows * columns, generator.latent_dim, parameters.training.seed)
    samples = generate_rows(generator, latents.view(rows, columns, -1), batch_size=_BATCH_SIZE)
    return image_grid(samples, columns=columns)


def draw_diffusion_curves(history: list[dict[str, float]]) -> Any:
    """Draw the loss against the step, on the train and the calibration split."""
    from kizu.reporting.figures import training_curves

    return training_curves(history, [("loss", "calibration_loss")], title="Diffusion")
