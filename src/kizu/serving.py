"""Trained scorers as MLflow models: saved, registered, and loaded again by MLflow.

MLflow finds `_load_pyfunc` by the name of this module, which a saved model carries; the model holds
the files of `kizu.scorer_files` and no code, so that nothing in it is ever unpickled.
"""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kizu.lineage.hashing import content_hash
from kizu.lineage.project import Project
from kizu.scorer_files import Files, folder_files, folder_names, scorer_files, stage_of
from kizu.scorers import read_scorer
from kizu.scoring.card import Modality
from kizu.scoring.scorer import REJECTED, Scorer
from kizu.tracking.location import tracking_uri

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models import ModelSignature

_FOLDER = "scorer"


class Registered(NamedTuple):
    """A registered model.

    Attributes:
        uri: what MLflow loads and serves it by, such as ``models:/kizu-images/1``.
        run: the run that it belongs to.
        store: where it is registered.
    """

    uri: str
    run: str
    store: str


class ScorerModel:
    """What MLflow calls."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def predict(self, data: "pd.DataFrame", params: Mapping[str, Any] | None = None) -> Any:
        """Return the scores of a data frame, row by row; see `Scorer.score`."""
        return self.scorer.score(data)


def _load_pyfunc(path: str) -> ScorerModel:
    """Load a saved scorer; MLflow calls this."""
    return ScorerModel(read_scorer(folder_files(Path(path))))


def save_scorer(files: Files, path: Path) -> None:
    """Save a scorer as an MLflow model in a folder of its own.

    Args:
        files: of the scorer.
        path: of the folder, which does not exist.
    """
    from mlflow import pyfunc

    _quiet()
    with tempfile.TemporaryDirectory(prefix="kizu-") as folder:
        pyfunc.save_model(str(path), **_model(files, Path(folder)))


def register_scorer(
    project: Project, modality: Modality, *, run: str | None = None, env: str | None = None
) -> Registered:
    """Log a scorer to MLflow and register it as ``kizu-<modality>``.

    It belongs to the stage's run that made it where that is asked for, or else to a run of its own
    that names the hashes of its files.

    Args:
        project: the project around.
        modality: of the scorer.
        run: as in `kizu.scorer_files.scorer_files`.
        env: as there.

    Raises:
        KizuError: there is no such scorer.
    """
    from kizu.tracking.store import Store

    store = Store.connect(project.root)
    with (
        scorer_files(modality, project, run=run, env=env) as files,
        tempfile.TemporaryDirectory(prefix="kizu-") as folder,
    ):
        import mlflow

        _quiet()
        mlflow.set_tracking_uri(tracking_uri(project.root))
        made = store.named(run, stage=stage_of(modality)) if run else []
        hashes = {f"kizu.scorer.{role}": content_hash(path) for role, path in files.items()}
        with mlflow.start_run(
            run_id=made[0].info.run_id if made else None,
            experiment_id=None if made else store.experiment,
            run_name=None if made else f"kizu register {modality}",
            tags=hashes,
        ) as active:
            logged = mlflow.pyfunc.log_model(
                name=_FOLDER,
                registered_model_name=f"kizu-{modality}",
                **_model(files, Path(folder)),
            )
    uri = f"models:/kizu-{modality}/{logged.registered_model_version}"
    return Registered(uri, active.info.run_id, tracking_uri(project.root))


def _model(files: Files, folder: Path) -> dict[str, Any]:
    """Return what MLflow needs to save a model.

    Args:
        files: of the scorer.
        folder: an empty one; MLflow takes the files from there, under the names it will know.
    """
    data = folder / _FOLDER
    data.mkdir()
    for name, path in folder_names(files).items():
        # The workspace's files may be links into DVC's cache.
        if path.is_dir():
            shutil.copytree(path, data / name)
        else:
            shutil.copyfile(path, data / name)
    scorer = read_scorer(files)
    return {
        "loader_module": __name__,
        "data_path": str(data),
        "signature": _signature(scorer),
        # MLflow would find out by loading the model in a process of its own.
        "pip_requirements": [f"kizu=={version('kizu')}"],
        "metadata": {"kizu": scorer.card.model_dump(mode="json", exclude={"recipe"})},
    }


def _quiet() -> None:
    """Keep MLflow from announcing each step, and from asking for an example of the input."""
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*An input example was not provided")


def _signature(scorer: Scorer) -> "ModelSignature":
    """Return the columns that go in and come out."""
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = Schema([ColSpec(kind, name) for name, kind in scorer.reader.columns.items()])
    judged = scorer.judge.judge(np.empty((0,))).dtypes
    kinds = {
        str(name): "boolean" if kind.kind == "b" else "double" for name, kind in judged.items()
    }
    outputs = Schema([ColSpec(kind, name) for name, kind in (kinds | {REJECTED: "string"}).items()])
    return ModelSignature(inputs, outputs)
