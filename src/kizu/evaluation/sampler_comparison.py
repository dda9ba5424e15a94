"""Quality against cost: the samples of one diffusion model by several samplers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.diffusion.settings import SamplerParameters
from kizu.evaluation.diffusion_generation import unpack_diffusion
from kizu.evaluation.extraction import ClassifierOutputs, classifier_outputs
from kizu.evaluation.fidelity import fidelity_metrics
from kizu.evaluation.generation import generate_images
from kizu.evaluation.settings import FidelityParameters
from kizu.models.image_classifier import ImageClassifier
from kizu.models.serialization import Artifact


def network_evaluations(sampler: SamplerParameters) -> int:
    """How often one image passes through the network.

    Heun's method asks twice a step, once in the last; guidance asks for two estimates each time.
    """
    calls = 2 * sampler.steps - 1 if sampler.name == "heun" else sampler.steps
    return calls if sampler.guidance_scale == 1 else 2 * calls


def compare_samplers(
    artifact: Artifact,
    samplers: Iterable[SamplerParameters],
    latents: Tensor,
    labels: NDArray[np.int64] | None,
    classifier: ImageClassifier,
    reference: ClassifierOutputs,
    settings: FidelityParameters,
    *,
    batch_size: int,
) -> list[dict[str, float | str]]:
    """Sample with each sampler from the same latents, and hold the samples against real images.

    Song et al. 2021, "Denoising diffusion implicit models", table 1.

    Args:
        artifact: the packed model of the stage `diffusion`.
        samplers: to compare.
        latents: (N, latent_dim) standard normal.
        labels: (N,) for a conditional model, None for an unconditional one.
        classifier: in evaluation mode; where it is, the samples are drawn.
        reference: its outputs for real images.
        settings: of the metrics.
        batch_size: images at a time.

    Returns:
        One row a sampler: ``sampler``, ``steps``, ``eta``, ``network_evaluations``, and the metrics
        of `kizu.evaluation.fidelity.fidelity_metrics`.
    """
    device = next(classifier.parameters()).device
    asked = None if labels is None else torch.from_numpy(labels)
    rows: list[dict[str, float | str]] = []
    for sampler in samplers:
        generator: Any = unpack_diffusion(artifact, sampler).to(device)
        images = generate_images(generator, latents, asked, batch_size=batch_size)
        outputs = classifier_outputs(classifier, images, batch_size=batch_size)
        rows.append(
            {
                "sampler": sampler.name,
                "steps": sampler.steps,
                "eta": sampler.eta,
                "network_evaluations": network_evaluations(sampler),
                **fidelity_metrics(reference.features, outputs.features, settings),
            }
        )
    return rows
