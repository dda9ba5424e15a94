"""The ways of sampling that are compared, from the parameters."""

from collections.abc import Mapping
from typing import Any

from kizu.diffusion.settings import ProcessParameters, SamplerParameters
from kizu.pipelines.evaluate_generators.parameters import SamplerComparisonParameters


def own_sampler(diffusion: Any) -> SamplerParameters:
    """Return the sampler that the parameters of the stage `diffusion` name.

    Args:
        diffusion: typed, where that stage is part of the run; else a plain mapping.
    """
    if isinstance(diffusion, Mapping):
        return SamplerParameters(**diffusion["sampler"])
    sampler: SamplerParameters = diffusion.sampler
    return sampler


def compared_samplers(
    comparison: SamplerComparisonParameters, own: SamplerParameters, model: Any
) -> list[tuple[str, SamplerParameters]]:
    """Return every method with every number of steps, after its label.

    Args:
        comparison: methods and numbers of steps.
        own: the model's sampler, which guidance and clipping are taken from.
        model: the packed model, whose process limits the steps.

    Raises:
        ValueError: more steps than timesteps; names the key.
    """
    schedule = ProcessParameters(**model["config"]["process"]).schedule
    samplers = [
        (
            method.label,
            SamplerParameters(
                **method.model_dump(exclude={"label"}),
                steps=steps,
                guidance_scale=own.guidance_scale,
                clip=own.clip,
            ),
        )
        for method in comparison.methods
        for steps in comparison.steps
    ]
    for _, sampler in samplers:
        sampler.check_schedule(schedule, "evaluate_generators.sampler_comparison.steps")
    return samplers
