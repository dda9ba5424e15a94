"""The files of trained scorers: in the workspace, of the run that made them, or in a folder."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kizu.lineage.configuration import config_loader
from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project
from kizu.scoring.card import MODALITIES, Modality

PREFIXES: Mapping[Modality, str] = {
    "images": "image",
    "audio": "audio",
    "tables": "table",
    "text": "text",
}
"""What the names of a modality's datasets begin with."""

Files = Mapping[str, Path]
"""The files of a scorer by the fields of `Bundle`."""

# The files of a folder that holds a scorer.
_NAMES = {
    "card": "scorer.json",
    "detectors": "detectors",
    "estimators": "estimators.skops",
    "anomaly_scores": "scores.parquet",
    "transform": "transform.skops",
}


def stage_of(modality: Modality) -> str:
    """Return the name of the stage that makes a modality's scorer."""
    return f"detect_{modality}"


def dataset_names(modality: Modality) -> dict[str, str]:
    """Return the catalog's names of what a scorer is made of, by the fields of `Bundle`."""
    prefix = PREFIXES[modality]
    names = {
        "card": f"{prefix}_scorer",
        "detectors": f"{prefix}_detectors",
        "estimators": f"{prefix}_estimators",
        "anomaly_scores": f"{prefix}_anomaly_scores",
    }
    return names | ({"transform": "table_transform"} if modality == "tables" else {})


@contextmanager
def scorer_files(
    modality: Modality, project: Project, *, run: str | None = None, env: str | None = None
) -> Iterator[Files]:
    """Yield the files of a trained scorer; those of the workspace where they are the same.

    Args:
        modality: of the scorer.
        project: the project around.
        run: an MLflow run's id or name (of the stage, or of the command that ran it); None: what
            lies in the workspace.
        env: the profile whose workspace that is.

    Raises:
        KizuError: nothing has been trained yet, or nothing is found under that name, or its files
            are not there any more.
    """
    paths = catalog_paths(modality, project, env)
    if run is None:
        files = {role: project.root / path for role, path in paths.items()}
        for path in files.values():
            if not path.exists():
                profile = f" --env {env}" if env else ""
                missing = project.relative(path)
                raise KizuError(
                    f"there is no trained model of {modality}: {missing} is missing.",
                    f"train one with `kizu repro {stage_of(modality)}{profile}`",
                )
        yield files
        return
    digests = _recorded(modality, project, run)
    with tempfile.TemporaryDirectory(prefix="kizu-") as folder:
        yield {
            role: _of_run(project, digests, path, run, Path(folder, _NAMES[role]))
            for role, path in paths.items()
        }


def folder_files(folder: Path) -> Files:
    """Return the files of a scorer in a folder of its own, such as MLflow keeps.

    Raises:
        KizuError: it holds none.
    """
    inner = folder
    if not (folder / _NAMES["card"]).is_file():
        inner = next((path.parent for path in folder.glob(f"data/*/{_NAMES['card']}")), folder)
    found = {role: inner / name for role, name in _NAMES.items() if (inner / name).exists()}
    if missing := [name for role, name in _NAMES.items() if role not in (*found, "transform")]:
        raise KizuError(
            f"{folder} holds no trained scorer: {missing[0]} is missing.",
            "name a folder that `kizu register` has saved, or a run",
        )
    return found


def folder_names(files: Files) -> dict[str, Path]:
    """Return what each file is called in a folder of its own."""
    return {_NAMES[role]: path for role, path in files.items()}


def trained_modality(project: Project, *, run: str | None, env: str | None) -> Modality:
    """Return the modality of the only scorer that there is, in a run or in the workspace.

    Raises:
        KizuError: there is none, or several.
    """
    if run is not None:
        return run_modality(project, run)
    trained = list(_cards(project, env))
    if len(trained) == 1:
        return trained[0]
    if trained:
        raise KizuError(
            f"there are trained models of {', '.join(trained)}.",
            f"say which: --modality {' or '.join(trained)}",
        )
    raise KizuError("there is no trained model.", "train one with `kizu repro`")


def _cards(project: Project, env: str | None) -> dict[Modality, Any]:
    """Return the cards of the scorers that lie in the workspace."""
    catalog = config_loader(project, env)["catalog"]
    cards: dict[Modality, Any] = {}
    for modality in MODALITIES:
        entry = catalog.get(dataset_names(modality)["card"])
        path = project.root / entry["filepath"] if entry else None
        if path and path.is_file():
            cards[modality] = json.loads(path.read_text(encoding="utf-8"))
    return cards


def needed_columns(project: Project, env: str | None) -> dict[Modality, frozenset[str]]:
    """Return the columns that the trained scorers of tables and of text need."""
    found: dict[Modality, frozenset[str]] = {}
    cards = _cards(project, env)
    if "tables" in cards:
        plans = cards["tables"]["recipe"]["columns"]
        found["tables"] = frozenset(each["name"] for each in plans if each["encoding"] != "drop")
    if "text" in cards:
        found["text"] = frozenset(cards["text"]["recipe"]["layout"]["columns"]["text"])
    return found


def run_modality(project: Project, run: str) -> Modality:
    """Return the modality of the scorer that a run made.

    Raises:
        KizuError: it made none, or several.
    """
    made = run_modalities(project, run)
    if len(made) == 1:
        return made[0]
    raise KizuError(
        f"the run {run!r} trained models of {', '.join(made)}.",
        f"say which: --modality {' or '.join(made)}",
    )


def run_modalities(project: Project, run: str) -> list[Modality]:
    """Return the modalities of the scorers that a run made, at least one.

    Raises:
        KizuError: it made none.
    """
    from kizu.tracking.store import Store

    store = Store.connect(project.root)
    if made := [name for name in MODALITIES if store.named(run, stage=stage_of(name))]:
        return made
    raise _no_run(run, "a stage that detects anomalies")


def catalog_paths(modality: Modality, project: Project, env: str | None) -> dict[str, str]:
    """Return where the catalog has the files, relative to the project."""
    catalog = config_loader(project, env)["catalog"]
    names = dataset_names(modality)
    if missing := [name for name in names.values() if name not in catalog]:
        raise KizuError(
            f"this project trains no scorer of {modality}: its catalog has no {missing[0]}.",
            f"scorers are made by the stages {', '.join(map(stage_of, MODALITIES))}",
        )
    return {role: catalog[name]["filepath"] for role, name in names.items()}


def _recorded(modality: Modality, project: Project, run: str) -> dict[str, str]:
    """Return the hashes of what a run read and made, by path."""
    from kizu.tracking.store import Store

    for found in Store.connect(project.root).named(run, stage=stage_of(modality)):
        digests = {
            tag.removeprefix(f"dvc.{kind}."): digest
            for tag, digest in found.data.tags.items()
            for kind in ("input", "output")
            if tag.startswith(f"dvc.{kind}.")
        }
        if digests:
            return digests
    raise _no_run(run, f"the stage {stage_of(modality)}")


def _no_run(run: str, what: str) -> KizuError:
    return KizuError(
        f"{run!r} is neither a folder nor a run of {what} that has finished.",
        "`kizu ui` shows the runs with their ids; without --run the model in the workspace is used",
    )


def _of_run(
    project: Project, digests: Mapping[str, str], path: str, run: str, restored: Path
) -> Path:
    """Return a file as a run had it: the workspace's if it is the same, or DVC's."""
    from kizu.lineage.dvc_cache import restore
    from kizu.lineage.hashing import content_hash

    # A profile's files lie in a part of data/ of their own.
    suffix = path.removeprefix("data")
    there = next((each for each in sorted(digests) if each.endswith(suffix)), None)
    if there is None:
        raise KizuError(
            f"the run {run!r} has no {path}: it was made before models could score new data.",
            "train it again with `kizu repro`",
        )
    here = project.root / there
    if here.exists() and content_hash(here, project.root) == digests[there]:
        return here
    restore(project.root, digests[there], restored)
    return restored
