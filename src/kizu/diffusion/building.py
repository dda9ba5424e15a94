"""From parameters to functions."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from kizu.diffusion.denoisers import Denoiser, clipped, denoiser, guided
from kizu.diffusion.editing import Sampler
from kizu.diffusion.formulations import (
    Formulation,
    Network,
    Preconditioned,
    VariancePreserving,
)
from kizu.diffusion.levels import NoiseLevel
from kizu.diffusion.samplers import ddim, ddpm, dpm_solver, heun
from kizu.diffusion.schedules import NoiseSchedule, build_schedule
from kizu.diffusion.settings import (
    PreconditionedParameters,
    ProcessParameters,
    SamplerParameters,
)


def build_process(parameters: ProcessParameters) -> tuple[Formulation, NoiseSchedule]:
    """Build what training and sampling share."""
    schedule = build_schedule(parameters.schedule.name, parameters.schedule.timesteps)
    options = parameters.formulation.model_dump(exclude={"kind"})
    if isinstance(parameters.formulation, PreconditionedParameters):
        return Preconditioned(**options), schedule
    return VariancePreserving(schedule, **options), schedule


def build_walk(parameters: SamplerParameters, schedule: NoiseSchedule) -> Sequence[NoiseLevel]:
    """The levels that a sampler visits."""
    if parameters.spacing == "karras":
        return schedule.karras_walk(parameters.steps)
    return schedule.walk(parameters.steps, parameters.spacing)


def build_sampler(parameters: SamplerParameters, generator: torch.Generator) -> Sampler:
    """A sampler with its options bound; those that add noise draw it from the generator."""
    match parameters.name:
        case "ddpm":
            return partial(ddpm, generator=generator, variance=parameters.variance)
        case "ddim":
            return partial(ddim, eta=parameters.eta, generator=generator)
        case "heun":
            return partial(heun, churn=parameters.churn, generator=generator)
        case "dpm_solver":
            return dpm_solver


def build_denoiser(
    parameters: SamplerParameters,
    formulation: Formulation,
    network: Network,
    labels: Tensor | None,
    class_count: int,
) -> Denoiser:
    """A network's estimate, guided and clipped as the sampler's parameters ask for.

    Raises:
        ValueError: guidance without labels.
    """
    if parameters.guidance_scale == 1:
        denoise = denoiser(formulation, network, labels)
    elif labels is None:
        raise ValueError(
            f"guidance_scale={parameters.guidance_scale} needs labels, got labels=None"
        )
    else:
        denoise = guided(formulation, network, labels, class_count, parameters.guidance_scale)
    return clipped(denoise) if parameters.clip else denoise
