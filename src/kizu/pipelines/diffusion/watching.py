"""The network of the stage `diffusion`, and how it is measured."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kizu.diffusion.denoisers import Denoiser, clipped, denoiser
from kizu.diffusion.levels import NoiseLevel
from kizu.diffusion.likelihood import denoising_errors, variational_bound
from kizu.diffusion.spacing import spaced_timesteps
from kizu.evaluation.diffusion_generation import DenoisingNetwork, DiffusionGenerator
from kizu.models.dit import DiffusionTransformer
from kizu.models.unet import UNet
from kizu.pipelines.diffusion.parameters import (
    DiffusionParameters,
    DiffusionTransformerParameters,
    UNetParameters,
)
from kizu.pipelines.unfit_data import UnfitDataError
from kizu.training.data import to_unit

_BATCH_SIZE = 256


def build_network(
    parameters: UNetParameters | DiffusionTransformerParameters,
    *,
    image_size: int,
    channels: int,
    class_count: int,
) -> DenoisingNetwork:
    """Build the network with fresh weights.

    Raises:
        UnfitDataError: a size of the network does not fit the images; it names key and choices.
    """
    options = parameters.model_dump(exclude={"kind"})
    kind = UNet if isinstance(parameters, UNetParameters) else DiffusionTransformer
    try:
        return kind(image_size, channels, class_count, **options)
    except ValueError as error:
        raise UnfitDataError(
            f"diffusion.network does not fit {image_size} x {image_size} pixels: {error}.",
            "change that key of diffusion.network, or resize the images in images.steps",
        ) from error


@torch.no_grad()
def mean_loss(
    losses: Callable[[nn.Module, Tensor, Tensor | None, torch.Generator], Tensor],
    network: DenoisingNetwork,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    seed: int,
) -> float:
    """Mean training loss of images (N, C, H, W), at the same levels and noise in every call."""
    device = next(network.parameters()).device
    stream = torch.Generator(device).manual_seed(seed)
    total = 0.0
    for rows in _batches(len(images)):
        batch = to_unit(torch.from_numpy(np.array(images[rows])).to(device))
        told = torch.from_numpy(labels[rows]).to(device) if network.class_count else None
        total += float(losses(network, batch, told, stream).sum())
    return total / len(images)


def bound_metrics(
    generator: DiffusionGenerator,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    parameters: DiffusionParameters,
) -> dict[str, float]:
    """Mean ``bits_per_dimension`` of images, and ``bits_<term>`` for its three terms."""
    walk = generator.schedule.walk(parameters.evaluation.bound_steps, "quadratic")

    def terms(denoise: Denoiser, batch: Tensor, stream: torch.Generator) -> Tensor:
        bound = variational_bound(denoise, batch, walk, stream)
        parts = (bound.total, bound.prior, bound.transitions.sum(1), bound.reconstruction)
        return torch.stack(parts, dim=1)

    means = _means(generator, images, labels, parameters.training.seed, terms)
    names = ("bits_per_dimension", "bits_prior", "bits_transitions", "bits_reconstruction")
    return dict(zip(names, means, strict=True))


def errors_by_level(
    generator: DiffusionGenerator,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    parameters: DiffusionParameters,
) -> Mapping[int, dict[str, float]]:
    """Mean ``clean_error`` and ``noise_error`` of images, by timestep."""
    schedule = generator.schedule
    timesteps = spaced_timesteps(schedule.timesteps, parameters.evaluation.error_levels)[:-1]
    levels: Sequence[NoiseLevel] = [schedule.level(timestep) for timestep in timesteps]

    def errors(denoise: Denoiser, batch: Tensor, stream: torch.Generator) -> Tensor:
        return denoising_errors(denoise, batch, levels, stream)

    means = _means(generator, images, labels, parameters.training.seed, errors)
    return {
        timestep: {"clean_error": mean, "noise_error": mean * float(level.snr)}
        for timestep, level, mean in zip(timesteps, levels, means, strict=True)
    }


def spread_rows(chosen: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """At most ``count`` of the chosen rows, evenly spread over them."""
    rows = np.flatnonzero(chosen)
    return rows[:: -(-len(rows) // count)]


def _means(
    generator: DiffusionGenerator,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    seed: int,
    measure: Callable[[Denoiser, Tensor, torch.Generator], Tensor],
) -> list[float]:
    """Columns' means of ``measure`` (N, K) over batches, with estimates clipped to the range."""
    device = next(generator.parameters()).device
    stream = torch.Generator(device).manual_seed(seed)
    measured = []
    for rows in _batches(len(images)):
        batch = to_unit(torch.from_numpy(np.array(images[rows])).to(device))
        told = torch.from_numpy(labels[rows]).to(device) if generator.class_count else None
        denoise = clipped(denoiser(generator.formulation, generator.network, told))
        measured.append(measure(denoise, batch, stream).cpu())
    return [float(mean) for mean in torch.cat(measured).double().mean(0)]


def _batches(count: int) -> list[slice]:
    return [slice(start, start + _BATCH_SIZE) for start in range(0, count, _BATCH_SIZE)]
