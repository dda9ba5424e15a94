"""A small Kedro project with a training stage, and a fresh MLflow store for each test."""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kizu.lineage.project import Project
from kizu.tracking.location import tracking_uri
from kizu.tracking.processes import Process
from kizu.tracking.records import Record, Session, Status
from kizu.tracking.spool import Spool

_FILES = {
    "pyproject.toml": """
        [tool.kedro]
        package_name = "toy"
        project_name = "toy"
        kedro_init_version = "1.7.0"
        source_dir = "src"
        """,
    ".gitignore": "/data/\n/mlflow/\n__pycache__/\n",
    "conf/base/parameters.yml": """
        numbers: {count: 4, api_token: very-secret}
        train: {steps: 3, rate: 0.5}
        """,
    "conf/base/catalog.yml": """
        values: {type: kizu.datasets.json.JsonDataset, filepath: data/values.json}
        model:
          type: kizu.datasets.json.JsonDataset
          filepath: data/model.json
          metadata: {kizu: {kind: model}}
        history:
          type: kizu.datasets.json.JsonDataset
          filepath: data/history.json
          metadata: {kizu: {kind: plots, x: step, y: loss}}
        scores:
          type: kizu.datasets.json.JsonDataset
          filepath: data/scores.json
          metadata: {kizu: {kind: metrics, key_metrics: [accuracy]}}
        page:
          type: kizu.datasets.text.TextDataset
          filepath: data/report.html
          metadata: {kizu: {kind: report}}
        """,
    "conf/local/.gitkeep": "",
    "src/toy/__init__.py": "",
    "src/toy/settings.py": """
        from kizu.lineage.configuration import LOADER_ARGUMENTS, ProfileConfigLoader
        from kizu.lineage.hooks import StageHook
        from kizu.tracking.hooks import TrackingHook

        HOOKS = (StageHook(), TrackingHook())
        CONFIG_LOADER_CLASS = ProfileConfigLoader
        CONFIG_LOADER_ARGS = LOADER_ARGUMENTS
        """,
    "src/toy/pipeline_registry.py": """
        from kedro.framework.project import find_pipelines


        def register_pipelines():
            pipelines = find_pipelines(raise_errors=True)
            return {**pipelines, "__default__": sum(pipelines.values())}
        """,
    "src/toy/pipelines/__init__.py": "",
    "src/toy/pipelines/numbers/__init__.py": """
        from kedro.pipeline import Node, Pipeline


        def count(parameters):
            return list(range(parameters["count"]))


        def create_pipeline():
            return Pipeline(
                [Node(count, "params:numbers", "values", name="count", tags=["numbers"])]
            )
        """,
    "src/toy/pipelines/train/__init__.py": """
        import logging

        from kedro.pipeline import Node, Pipeline

        metrics = logging.getLogger("kizu.metrics")


        def fit(values, parameters):
            if parameters["rate"] < 0:
                raise ValueError("the rate is negative")
            rows = []
            for step in range(parameters["steps"]):
                row = {"loss": sum(values) * parameters["rate"] ** step}
                metrics.info("step %d", step, extra={"step": step, "metrics": row})
                rows.append({"step": step, **row})
            return {"weight": rows[-1]["loss"]}, rows, {"accuracy": 0.75, "loss": 0.1}


        def create_pipeline():
            outputs = ["model", "history", "scores"]
            node = Node(fit, ["values", "params:train"], outputs, name="fit", tags=["train"])
            return Pipeline([node])
        """,
    "src/toy/pipelines/show/__init__.py": """
        from kedro.pipeline import Node, Pipeline

        PAGE = '<p>%s</p><script type="application/json" id="provenance">{}</script>'


        def write(model):
            return PAGE % model["weight"]


        def create_pipeline():
            return Pipeline([Node(write, "model", "page", name="write", tags=["show"])])
        """,
    "dvc.yaml": """
        stages:
          numbers:
            cmd: python -m kizu run numbers
            deps: [src/toy/pipelines/numbers/__init__.py]
            params: [{conf/base/parameters.yml: [numbers]}]
            outs: [data/values.json]
          train:
            cmd: python -m kizu run train
            deps: [data/values.json, src/toy/pipelines/train/__init__.py]
            params: [{conf/base/parameters.yml: [train]}]
            outs: [data/history.json, data/model.json]
            metrics: [data/scores.json]
          show:
            cmd: python -m kizu run show
            deps: [data/model.json, src/toy/pipelines/show/__init__.py]
            outs: [data/report.html]
        """,
}


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's tracking server, and processes that outlive a test, away from tests."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "DVC_STAGE", "DVC_EXP_NAME",
                 "DVC_EXP_BASELINE_REV", "DVC_ROOT", "KIZU_REPRO"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KIZU_SYNC", "manual")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A git repository with the stages numbers -> train -> show."""
    root = tmp_path / "toy project"
    for name, text in _FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip())
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        git(root, *command)
    before = list(sys.path)
    yield Project.at(root)
    sys.path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy"]:
        del sys.modules[name]


def git(root: Path, *arguments: str) -> str:
    """Run git as somebody and return what it prints."""
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def _empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables: making one takes seconds, copying it none."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def database(project: Project, _empty_database: Path) -> Path:
    """The project's own MLflow database, still without runs."""
    path = project.root / "mlflow" / "mlflow.db"
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(_empty_database, path)
    return path


@pytest.fixture
def spool(project: Project) -> Spool:
    """The project's spool."""
    return Spool(project.root)


def gone() -> Process:
    """Return a process that is no more."""
    return Process(os.getpid(), "before this one")


@pytest.fixture
def make_session(spool: Spool) -> Callable[..., Session]:
    """Opens a session whose process is gone, unless told otherwise."""

    def make(**changes: Any) -> Session:
        values: dict[str, Any] = {
            "id": "session",
            "command": "dvc repro",
            "process": gone(),
            "project": str(spool.root),
            "started": 1_000,
            "profile": None,
            "lock": True,
        }
        session = Session(**{**values, **changes})
        spool.open_session(session)
        return session

    return make


@pytest.fixture
def make_record(spool: Spool) -> Callable[..., Record]:
    """Spools the record of a finished stage, unless told otherwise."""

    def make(stage: str, **changes: Any) -> Record:
        values: dict[str, Any] = {
            "id": f"record-{stage}",
            "stage": stage,
            "profile": None,
            "session": "session",
            "process": gone(),
            "started": 2_000,
            "ended": 5_000,
            "status": Status.FINISHED,
            "commit": "c" * 40,
        }
        record = Record(**{**values, **changes})
        spool.write(record)
        return record

    return make


@pytest.fixture
def write_lock(spool: Spool) -> Callable[..., None]:
    """Writes a dvc.lock as DVC does after numbers -> train -> show."""

    def write(values: str = "1", model: str = "2", page: str = "3", rate: float = 0.5) -> None:
        def files(**hashes: str) -> list[dict[str, str]]:
            return [
                {"path": f"data/{name.replace('_', '.')}", "hash": "md5", "md5": text}
                for name, text in hashes.items()
            ]

        stages = {
            "show": {"deps": files(model_json=model), "outs": files(report_html=page)},
            "train": {
                "deps": files(values_json=values),
                "params": {"conf/base/parameters.yml": {"train": {"rate": rate}}},
                "outs": files(model_json=model, scores_json="5"),
            },
            "numbers": {"outs": files(values_json=values)},
        }
        (spool.root / "dvc.lock").write_text(yaml.safe_dump({"stages": stages}))

    return write


class Runs:
    """Reads the runs of a project back, with MLflow's own client."""

    def __init__(self, root: Path) -> None:
        from mlflow import MlflowClient

        self.client = MlflowClient(tracking_uri=tracking_uri(root))

    def all(self) -> list:
        experiments = [experiment.experiment_id for experiment in self.client.search_experiments()]
        return list(self.client.search_runs(experiments, order_by=["attributes.start_time"]))

    def parents(self) -> list:
        return [run for run in self.all() if "mlflow.parentRunId" not in run.data.tags]

    def children(self, parent) -> dict:
        key = "mlflow.parentRunId"
        mine = [run for run in self.all() if run.data.tags.get(key) == parent.info.run_id]
        return {run.info.run_name: run for run in mine}

    def history(self, run, metric: str) -> list[tuple[int, float]]:
        points = self.client.get_metric_history(run.info.run_id, metric)
        return [(point.step, point.value) for point in points]

    def artifacts(self, run, folder: str | None = None) -> list[str]:
        found = []
        for item in self.client.list_artifacts(run.info.run_id, folder):
            found += self.artifacts(run, item.path) if item.is_dir else [item.path]
        return sorted(found)


@pytest.fixture
def runs(project: Project, database: Path) -> Runs:
    """The runs in the project's store."""
    return Runs(project.root)
