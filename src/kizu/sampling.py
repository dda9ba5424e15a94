"""Samples from a saved generator alone: the command ``kizu sample``."""

import math
import tempfile
from pathlib import Path
from typing import Any

from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project

MODEL = "data/06_models/gan"
_STAGE = "gan"


def load_model(project: Project, run: str | None) -> Any:
    """Load the packed networks that a run made.

    Args:
        project: the project around.
        run: an MLflow run's id or name (of the stage, or of the command that ran it), or the path
            of a saved model's folder; None: the folder in the workspace.

    Raises:
        KizuError: nothing is found under that name, or its files are not there any more.
    """
    if run is None:
        return _read(project.root / MODEL)
    if Path(run).is_dir():
        return _read(Path(run))
    path, digest = _recorded(project, run)
    here = project.root / path
    from kizu.lineage.hashing import content_hash

    if here.is_dir() and content_hash(here, project.root) == digest:
        return _read(here)
    from kizu.lineage.dvc_cache import restore

    with tempfile.TemporaryDirectory(prefix="kizu-") as folder:
        restored = Path(folder, _STAGE)
        restore(project.root, digest, restored)
        return _read(restored)


def draw(
    model: Any,
    *,
    class_name: str | None,
    count: int,
    truncation: float | None,
    seed: int,
) -> bytes:
    """Draw samples of the averaged generator as one picture, as square as it can be.

    Args:
        model: of `load_model`.
        class_name: name or number of the class to draw; None: all classes in turn.
        count: number of samples.
        truncation: largest absolute value of a latent; None: no limit.
        seed: of the latents.

    Returns:
        A PNG.

    Raises:
        KizuError: the generator has no such class, or no classes at all.
    """
    import torch

    from kizu.evaluation.generation import generate_images, sample_latents
    from kizu.models.gan import GENERATORS
    from kizu.models.serialization import unpack
    from kizu.reporting.grids import image_grid
    from kizu.reporting.pictures import encode_png
    from kizu.training.device import resolve_device

    generator = unpack(model, "generator_average", *GENERATORS).to(resolve_device("auto"))
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


def _class_number(wanted: str, names: list[str]) -> int:
    """The class of that name, or else of that number."""
    if not names:
        raise KizuError(
            f"class {wanted!r} was asked for, but the generator knows no classes.",
            "leave --class out, or train with gan.conditioning.kind projection",
        )
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and int(wanted) < len(names):
        return int(wanted)
    raise KizuError(
        f"the generator has no class {wanted!r}.",
        f"choose one of: {', '.join(names)}; or a number from 0 to {len(names) - 1}",
    )


def _recorded(project: Project, run: str) -> tuple[str, str]:
    """Path and hash of the model folder that a run of MLflow made."""
    from kizu.tracking.store import Store

    prefix, suffix = "dvc.output.", MODEL.removeprefix("data")
    for found in Store.connect(project.root).named(run, stage=_STAGE):
        for tag, digest in sorted(found.data.tags.items()):
            if tag.startswith(prefix) and tag.endswith(suffix):
                return tag.removeprefix(prefix), digest
    raise KizuError(
        f"{run!r} is neither a folder nor a run of the stage {_STAGE} that has finished.",
        "`kizu ui` shows the runs with their ids; without --run the model in the workspace is used",
    )


def _read(folder: Path) -> Any:
    from kizu.datasets.model import ModelDataset

    if not (folder / "config.json").is_file():
        raise KizuError(f"{folder} holds no saved model.", f"train one with `kizu repro {_STAGE}`")
    model = ModelDataset(filepath=str(folder)).load()
    if "generator_average" not in model["config"]:
        raise KizuError(
            f"{folder} holds no generator, but {', '.join(sorted(model['config']))}.",
            f"name the folder of a model that the stage {_STAGE} made",
        )
    return model
