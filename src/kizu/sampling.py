"""Samples from a saved model alone: the command ``kizu sample``."""

import math
from collections.abc import Mapping
from typing import Any

from kizu.lineage.errors import KizuError

NETWORKS = {"gan": "generator_average", "diffusion": "network_average"}
"""What is sampled is called so in the model of each stage."""

# Of the command, by the parameter of the sampler that they change.
_OPTIONS = {"name": "--method", "steps": "--steps", "guidance_scale": "--guidance"}


def draw(
    model: Any,
    *,
    class_name: str | None,
    count: int,
    truncation: float | None,
    seed: int,
    sampler: Mapping[str, Any],
) -> bytes:
    """Draw samples of the averaged network as one picture, as square as it can be.

    Args:
        model: of one of the stages of `NETWORKS`, see `kizu.trained.load_trained`.
        class_name: name or number of the class to draw; None: all classes in turn.
        count: number of samples.
        truncation: largest absolute value of a GAN's latent; None: no limit.
        seed: of the latents, which are a diffusion model's noise.
        sampler: what a diffusion model is to be sampled with in other ways than it was trained to
            be; parameters of `kizu.diffusion.settings.SamplerParameters`.

    Returns:
        A PNG.

    Raises:
        KizuError: the model has no such class, or no classes at all; an option that it has no use
            for, or a value that it cannot take.
    """
    import torch

    from kizu.evaluation.generation import generate_images, sample_latents
    from kizu.reporting.grids import image_grid
    from kizu.reporting.pictures import encode_png
    from kizu.training.device import resolve_device

    generator = _generator(model, truncation, sampler)
    generator.to(resolve_device("auto"))
    names = [str(name) for name in model["config"]["class_names"]]
    labels = None
    if class_name is not None:
        number = _class_number(class_name, names if generator.class_count else [])
        labels = torch.full((count,), number)
    elif generator.class_count:
        labels = torch.arange(count) % generator.class_count
    latents = sample_latents(count, generator.latent_dim, seed, truncation=truncation)
    images = generate_images(generator, latents, labels, batch_size=256)
    return encode_png(image_grid(images, columns=math.ceil(math.sqrt(count))))


def _generator(model: Any, truncation: float | None, sampler: Mapping[str, Any]) -> Any:
    """The generator, or the diffusion model as one."""
    if NETWORKS["gan"] in model["config"]:
        if sampler:
            given = ", ".join(f"{_OPTIONS[key]} {value}" for key, value in sampler.items())
            raise KizuError(
                f"{given}: this is for a diffusion model; a GAN draws its samples in one step.",
                "leave --method, --steps and --guidance out, or add --model diffusion",
            )
        from kizu.models.gan import GENERATORS
        from kizu.models.serialization import unpack

        return unpack(model, NETWORKS["gan"], *GENERATORS)
    if truncation is not None:
        raise KizuError(
            f"--truncation {truncation:g} is for the latents of a GAN; a diffusion model starts "
            "from noise.",
            "leave --truncation out; --guidance trades variety for quality here",
        )
    return _diffusion(model, sampler)


def _diffusion(model: Any, changes: Mapping[str, Any]) -> Any:
    from pydantic import ValidationError

    from kizu.diffusion.settings import ProcessParameters, SamplerParameters
    from kizu.evaluation.diffusion_generation import unpack_diffusion

    sampling = model["config"]["sampling"]
    own = sampling["sampler"]
    if changes.get("name", own["name"]) != own["name"]:
        own = {key: own[key] for key in ("steps", "spacing", "guidance_scale", "clip")}
    try:
        sampler = SamplerParameters(**{**own, **changes})
        schedule = ProcessParameters(**model["config"]["process"]).schedule
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise KizuError(f"{_OPTIONS.get(key, key)}: {first['msg']}.") from error
    try:
        sampler.check_schedule(schedule)
    except ValueError as error:
        raise KizuError(
            f"--steps {sampler.steps} is more than the model's number of timesteps, "
            f"{schedule.timesteps}.",
            f"choose --steps from 1 to {schedule.timesteps}",
        ) from error
    try:
        sampler.check_labels(sampling["conditional"], sampling["label_dropout"])
    except ValueError as error:
        raise KizuError(
            f"--guidance {sampler.guidance_scale:g} needs a model that was trained with labels and "
            "without; this one was not.",
            "leave --guidance out, or train with diffusion.conditional true and "
            "diffusion.label_dropout above 0, e.g. 0.1",
        ) from error
    return unpack_diffusion(model, sampler)


def _class_number(wanted: str, names: list[str]) -> int:
    """The class of that name, or else of that number."""
    if not names:
        raise KizuError(
            f"--class {wanted} was asked for, but the model knows no classes.",
            "leave --class out, or train with gan.conditioning.kind projection, or with "
            "diffusion.conditional true",
        )
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and int(wanted) < len(names):
        return int(wanted)
    raise KizuError(
        f"the model has no class {wanted!r}.",
        f"choose --class from {', '.join(names)}; or a number from 0 to {len(names) - 1}",
    )
