"""Trained networks, wherever they lie: the workspace, the run that made them, or a folder."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kizu.lineage.configuration import config_loader
from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project


def load_trained(
    project: Project,
    networks: Mapping[str, str],
    *,
    run: str | None = None,
    env: str | None = None,
) -> Any:
    """Load the packed networks that a stage made.

    Args:
        project: the project around.
        networks: what a network of the model is called, by the stage that makes it; the first
            stage that has a model is taken.
        run: an MLflow run's id or name (of the stage, or of the command that ran it), or the path
            of a saved model's folder; None: the folder in the workspace.
        env: the profile whose workspace that is.

    Raises:
        KizuError: nothing is found under that name, or its files are not there any more.
    """
    if run is not None and Path(run).is_dir():
        return _read(Path(run), networks)
    if run is None:
        catalog = config_loader(project, env)["catalog"]
        folders = [project.root / catalog[f"{stage}_model"]["filepath"] for stage in networks]
        return _read(next((each for each in folders if each.is_dir()), folders[0]), networks)
    path, digest = _recorded(project, run, networks)
    here = project.root / path
    from kizu.lineage.hashing import content_hash

    if here.is_dir() and content_hash(here, project.root) == digest:
        return _read(here, networks)
    from kizu.lineage.dvc_cache import restore

    with tempfile.TemporaryDirectory(prefix="kizu-") as folder:
        restored = Path(folder, "model")
        restore(project.root, digest, restored)
        return _read(restored, networks)


def _recorded(project: Project, run: str, networks: Mapping[str, str]) -> tuple[str, str]:
    """Path and hash of the model folder that a run of MLflow made."""
    from kizu.tracking.store import Store

    prefix = "dvc.output."
    store = Store.connect(project.root)
    for stage in networks:
        for found in store.named(run, stage=stage):
            for tag, digest in sorted(found.data.tags.items()):
                # A profile's files lie in a part of data/ of their own.
                if tag.startswith(prefix) and tag.endswith(f"/06_models/{stage}"):
                    return tag.removeprefix(prefix), digest
    raise KizuError(
        f"{run!r} is neither a folder nor a run of the stage {' or '.join(networks)} that has "
        "finished.",
        "`kizu ui` shows the runs with their ids; without --run the model in the workspace is used",
    )


def _read(folder: Path, networks: Mapping[str, str]) -> Any:
    from kizu.datasets.model import ModelDataset

    stages = " or ".join(networks)
    if not (folder / "config.json").is_file():
        way_out = f"train one with `kizu repro {next(iter(networks))}`"
        raise KizuError(f"{folder} holds no saved model.", way_out)
    model = ModelDataset(filepath=str(folder)).load()
    if not any(name in model["config"] for name in networks.values()):
        raise KizuError(
            f"{folder} holds no model of the stage {stages}, but "
            f"{', '.join(sorted(model['config']))}.",
            f"name the folder of a model that the stage {stages} made",
        )
    return model
