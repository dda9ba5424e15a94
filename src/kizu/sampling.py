"""Samples from a saved model alone: the command ``kizu sample``."""

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project

# What the averaged network is called in the model of each stage.
_NETWORKS = {"gan": "generator_average", "diffusion": "network_average"}
STAGES = tuple(_NETWORKS)
"""The stages whose models draw samples."""


def model_path(stage: str) -> str:
    """Return where a stage leaves its model, relative to the project."""
    return f"data/06_models/{stage}"


def load_model(project: Project, run: str | None, stage: str | None = None) -> Any:
    """Load the packed networks that a run made.

    Args:
        project: the project around.
        run: an MLflow run's id or name (of the stage, or of the command that ran it), or the path
            of a saved model's folder; None: the folder in the workspace.
        stage: of `STAGES`; None: the first that the run, or the workspace, has a model of.

    Raises:
        KizuError: nothing is found under that name, or its files are not there any more.
    """
    stages = STAGES if stage is None else (stage,)
    if run is None:
        folders = [project.root / model_path(each) for each in stages]
        return _read(next((each for each in folders if each.is_dir()), folders[0]), stages)
    if Path(run).is_dir():
        return _read(Path(run), stages)
    path, digest = _recorded(project, run, stages)
    here = project.root / path
    from kizu.lineage.hashing import content_hash

    if here.is_dir() and content_hash(here, project.root) == digest:
        return _read(here, stages)
    from kizu.lineage.dvc_cache import restore

    with tempfile.TemporaryDirectory(prefix="kizu-") as folder:
        restored = Path(folder, "model")
        restore(project.root, digest, restored)
        return _read(restored, stages)


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
        model: of `load_model`.
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
    if _NETWORKS["gan"] in model["config"]:
        if sampler:
            raise KizuError(
                f"{', '.join(sampler)}: a GAN draws its samples in one step.",
                "leave that out, or name a diffusion model, e.g. with --model diffusion",
            )
        from kizu.models.gan import GENERATORS
        from kizu.models.serialization import unpack

        return unpack(model, _NETWORKS["gan"], *GENERATORS)
    if truncation is not None:
        raise KizuError(
            "truncation is for the latents of a GAN; a diffusion model starts from noise.",
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
        sampler.check_schedule(ProcessParameters(**model["config"]["process"]).schedule)
        sampler.check_labels(sampling["conditional"], sampling["label_dropout"])
    except ValidationError as error:
        first = error.errors()[0]
        raise KizuError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    except ValueError as error:
        raise KizuError(f"{error}.") from error
    return unpack_diffusion(model, sampler)


def _class_number(wanted: str, names: list[str]) -> int:
    """The class of that name, or else of that number."""
    if not names:
        raise KizuError(
            f"class {wanted!r} was asked for, but the model knows no classes.",
            "leave --class out, or train with gan.conditioning.kind projection, or with "
            "diffusion.conditional true",
        )
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and int(wanted) < len(names):
        return int(wanted)
    raise KizuError(
        f"the model has no class {wanted!r}.",
        f"choose one of: {', '.join(names)}; or a number from 0 to {len(names) - 1}",
    )


def _recorded(project: Project, run: str, stages: tuple[str, ...]) -> tuple[str, str]:
    """Path and hash of the model folder that a run of MLflow made."""
    from kizu.tracking.store import Store

    prefix = "dvc.output."
    store = Store.connect(project.root)
    for stage in stages:
        suffix = model_path(stage).removeprefix("data")
        for found in store.named(run, stage=stage):
            for tag, digest in sorted(found.data.tags.items()):
                if tag.startswith(prefix) and tag.endswith(suffix):
                    return tag.removeprefix(prefix), digest
    raise KizuError(
        f"{run!r} is neither a folder nor a run of the stage {' or '.join(stages)} that has "
        "finished.",
        "`kizu ui` shows the runs with their ids; without --run the model in the workspace is used",
    )


def _read(folder: Path, stages: tuple[str, ...]) -> Any:
    from kizu.datasets.model import ModelDataset

    if not (folder / "config.json").is_file():
        raise KizuError(
            f"{folder} holds no saved model.", f"train one with `kizu repro {stages[0]}`"
        )
    model = ModelDataset(filepath=str(folder)).load()
    if not any(_NETWORKS[stage] in model["config"] for stage in stages):
        raise KizuError(
            f"{folder} holds no generator, but {', '.join(sorted(model['config']))}.",
            f"name the folder of a model that the stage {' or '.join(stages)} made",
        )
    return model
