"""Trained scorers loaded from their files, and chosen by what there is to score."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project
from kizu.scorer_files import (
    Files,
    dataset_names,
    folder_files,
    needed_columns,
    run_modalities,
    run_modality,
    scorer_files,
)
from kizu.scoring.card import MODALITIES, Modality
from kizu.scoring.errors import ScoringError
from kizu.scoring.files import guess_modality
from kizu.scoring.scorer import Bundle, Scorer

TRUSTED: Mapping[str, tuple[str, ...]] = {
    "image_estimators": ("sklearn.tree._tree.Tree",),
    "table_estimators": ("sklearn.tree._tree.Tree",),
    "table_transform": ("kizu.preprocessing.table_outliers.OutlierClipper", "numpy.dtype"),
}
"""Types that loading may create beyond those that skops trusts, as in the catalog. A folder that
somebody else has made is not asked what to trust."""


def read_scorer(files: Files) -> Scorer:
    """Load a scorer into memory.

    Raises:
        KizuError: it is of another version, incomplete or damaged.
    """
    from kedro.io import DatasetError

    from kizu.datasets.json import JsonDataset
    from kizu.datasets.model import ModelDataset
    from kizu.datasets.parquet import ParquetDataset
    from kizu.datasets.skops import SkopsDataset
    from kizu.scoring.card import read_card

    try:
        document = JsonDataset(filepath=files["card"]).load()
        names = dataset_names(read_card(document).modality)

        def skops(role: str) -> Any:
            trusted = TRUSTED.get(names[role], ())
            return SkopsDataset(filepath=files[role], trusted=trusted).load()

        return Scorer.of(
            Bundle(
                card=document,
                detectors=ModelDataset(filepath=files["detectors"]).load(),
                estimators=skops("estimators"),
                anomaly_scores=ParquetDataset(filepath=files["anomaly_scores"]).load(),
                transform=skops("transform") if "transform" in names else None,
            )
        )
    except ScoringError as error:
        raise KizuError(error.message, error.way_out) from error
    except DatasetError as error:
        raise KizuError(
            f"the model in {files['card'].parent} cannot be read: {error.__cause__ or error}.",
            "restore its files with `dvc checkout`, or train it again with `kizu repro`",
        ) from error


def load_scorer(
    modality: Modality, project: Project, *, run: str | None = None, env: str | None = None
) -> Scorer:
    """Load the scorer of a modality; for the arguments see `scorer_files`.

    Raises:
        KizuError: as `scorer_files` and `read_scorer`.
    """
    with scorer_files(modality, project, run=run, env=env) as files:
        return read_scorer(files)


def load_detector(
    model: str | Path, *, modality: Modality | None = None, env: str | None = None
) -> Scorer:
    """Load a trained scorer: what `kizu score` scores with.

    >>> import kizu
    >>> detector = kizu.load_detector("images")
    >>> table = detector.score(["new/part_17.png", "new/part_18.png"])
    >>> table.loc[table["flag"], ["file", "combined.p_value"]]
                  file  combined.p_value
    1  new/part_18.png          0.005435

    Args:
        model: the name of a modality (``images``, ``audio``, ``tables``, ``text``): what has been
            trained in the project around the working directory; an MLflow run's id or name; or a
            folder that MLflow has of a registered model, which needs no project.
        modality: of a run that trained several; a model of another is refused.
        env: the profile of a modality's workspace.

    Returns:
        See `Scorer.score` for what it takes and returns.

    Raises:
        KizuError: there is none, or it is of another version or modality, or damaged.
    """
    name = str(model)
    if Path(model).is_dir() and (name not in MODALITIES or isinstance(model, Path)):
        return _read_folder(Path(model), modality)
    if name in MODALITIES:
        _require_modality(f"the name {name!r} asks for a model", name, modality)
        return load_scorer(name, Project.find(), env=env)
    project = Project.find()
    return load_scorer(modality or run_modality(project, name), project, run=name)


def scorer_for(
    path: Path, modality: Modality | None, *, run: str | None, env: str | None
) -> Scorer:
    """Load the scorer for what lies at a path.

    Args:
        path: of a file or folder.
        modality: None tells it by the run, or else by the files.
        run: see `scorer_files`, or a folder.
        env: see `scorer_files`.

    Raises:
        KizuError: as `read_scorer` and `scorer_files`.
        ScoringError: nothing lies there, or it may be of several modalities.
    """
    if run is not None and Path(run).is_dir():
        return _read_folder(Path(run), modality)
    project = Project.find()
    if modality is None and run is not None:
        made = run_modalities(project, run)
        modality = made[0] if len(made) == 1 else None
    if modality is None:
        modality = guess_modality(path, lambda: needed_columns(project, env))
    return load_scorer(modality, project, run=run, env=env)


def _read_folder(folder: Path, modality: Modality | None) -> Scorer:
    scorer = read_scorer(folder_files(folder))
    _require_modality(f"{folder} holds a model", scorer.card.modality, modality)
    return scorer


def _require_modality(what: str, found: str, wanted: Modality | None) -> None:
    if wanted not in (None, found):
        raise KizuError(
            f"{what} of {found}, but the modality asked for is {wanted}.",
            f"leave the modality out, or name a model of {wanted}",
        )
