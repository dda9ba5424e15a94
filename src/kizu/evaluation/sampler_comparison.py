"""Quality against cost: the samples of one diffusion model by several samplers."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.diffusion.settings import SamplerParameters
from kizu.evaluation.diffusion_generation import unpack_diffusion
from kizu.evaluation.fidelity import FeatureSet, feature_set, fidelity_metrics
from kizu.evaluation.generation import generate_images
from kizu.evaluation.settings import FidelityParameters
from kizu.models.serialization import Artifact

_LOGGER = logging.getLogger(__name__)


def network_evaluations(sampler: SamplerParameters) -> int:
    """How often one image passes through the network.

    Heun's method asks twice a step, once in the last; guidance asks for two estimates each time.
    """
    calls = 2 * sampler.steps - 1 if sampler.name == "heun" else sampler.steps
    return calls if sampler.guidance_scale == 1 else 2 * calls


def compare_samplers(
    artifact: Artifact,
    samplers: Sequence[tuple[str, SamplerParameters]],
    latents: Tensor,
    labels: NDArray[np.int64] | None,
    extract: Callable[[NDArray[np.uint8]], Tensor],
    reference: FeatureSet,
    settings: FidelityParameters,
    *,
    device: torch.device,
    batch_size: int,
) -> list[dict[str, float | str]]:
    """Sample with each sampler from the same latents, and hold the samples against real images.

    Song et al. 2021, "Denoising diffusion implicit models", table 1.

    Args:
        artifact: the packed model of the stage `diffusion`.
        samplers: to compare, each after the label of its method.
        latents: (N, latent_dim) standard normal.
        labels: (N,) for a conditional model, None for an unconditional one.
        extract: maps images (N, C, H, W) uint8 to features (N, D).
        reference: of real images.
        settings: of the metrics.
        device: where the samples are drawn.
        batch_size: images at a time.

    Returns:
        One row a sampler: ``label``, ``steps``, ``network_evaluations``, and the metrics of
        `kizu.evaluation.fidelity.fidelity_metrics`.
    """
    asked = None if labels is None else torch.from_numpy(labels)
    rows: list[dict[str, float | str]] = []
    for label, sampler in samplers:
        generator: Any = unpack_diffusion(artifact, sampler).to(device)
        images = generate_images(generator, latents, asked, batch_size=batch_size)
        made = feature_set(extract(images), settings, origin=reference.balls.origin)
        metrics = fidelity_metrics(reference, made, settings)
        _LOGGER.info(
            "%s, %d steps: Fréchet distance %.3f",
            label,
            sampler.steps,
            metrics["frechet_distance"],
        )
        rows.append(
            {
                "label": label,
                "steps": sampler.steps,
                "network_evaluations": network_evaluations(sampler),
                **metrics,
            }
        )
    return rows
