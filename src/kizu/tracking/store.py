"""MLflow's store, as far as recorded runs need it. The only module that imports MLflow.

All of it may be repeated: a run is looked for by its tags before it is created, and what it holds
already is written again with the same values.
"""

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from kizu.tracking.location import artifact_folder, is_server, tracking_uri
from kizu.tracking.secrets import redact

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

Item = TypeVar("Item")

EXPERIMENT = "kizu"
"""The experiment that runs go to, unless ``MLFLOW_EXPERIMENT_NAME`` names another."""

UI_PORT = 5000
"""Where ``kizu ui`` shows the runs, unless told otherwise."""

UI_FACE = "?workflowType=machine_learning"
"""Asks MLflow's UI for its face for trained models, not that for language-model applications."""

SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Set for MLflow unless the user has. Left alone, it retries for minutes and reports its use."""

# Limits of one batch and of a name (`mlflow.utils.validation`).
_MAX_METRICS = 1000
_MAX_PARAMETERS = 100
_MAX_TAGS = 100
_MAX_NAME = 250


class Point(NamedTuple):
    """One value of a metric.

    Attributes:
        name: the metric.
        value: its value; may be NaN or infinite.
        step: the training step.
        time: milliseconds since 1970. Writing a point twice keeps one.
    """

    name: str
    value: float
    step: int
    time: int


class Store:
    """A store and the experiment in it.

    Args:
        client: MLflow's client.
        experiment: the experiment's id.
        uri: the store's address.

    Attributes:
        experiment: the experiment's id.
    """

    def __init__(self, client: "MlflowClient", experiment: str, uri: str) -> None:
        self._client = client
        self.experiment = experiment
        self._uri = uri

    @classmethod
    def connect(cls, root: Path) -> "Store":
        """Open the store of the project at ``root``; create its database and experiment once.

        Raises:
            Exception: whatever MLflow raises when it cannot reach or read the store.
        """
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        from mlflow import MlflowClient

        # It reports the migrations of a new database, and prints what it raises as well.
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
        uri = tracking_uri(root)
        client = MlflowClient(tracking_uri=uri)
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        found = client.get_experiment_by_name(name)
        if found is not None:
            return cls(client, found.experiment_id, uri)
        # A server knows where its artifacts go; a database has to be told an absolute folder.
        location = None if is_server(uri) else (artifact_folder(root) / name).as_uri()
        return cls(client, client.create_experiment(name, location), uri)

    def url(self, run: str) -> str:
        """Return the page of a run in the MLflow UI."""
        base = redact(self._uri) if is_server(self._uri) else f"http://127.0.0.1:{UI_PORT}"
        return f"{base.rstrip('/')}/#/experiments/{self.experiment}/runs/{run}{UI_FACE}"

    def find(self, tags: Mapping[str, str]) -> "list[Run]":
        """Return the runs that carry all of these tags, the latest first."""
        conditions = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
        return list(
            self._client.search_runs(
                [self.experiment],
                filter_string=" AND ".join(conditions),
                order_by=["attributes.start_time DESC"],
            )
        )

    def named(self, run: str, *, stage: str) -> "list[Run]":
        """Return the runs of a stage that an id or a name stands for, the latest first.

        Args:
            run: the id or the name of a stage's run, or of the command's that ran it.
            stage: the stage.
        """
        from mlflow.exceptions import MlflowException

        try:
            chosen = [self._client.get_run(run)]
        except MlflowException:  # no such id
            condition = "attributes.run_name = '{}'".format(run.replace("'", ""))
            order = ["attributes.start_time DESC"]
            chosen = list(self._client.search_runs([self.experiment], condition, order_by=order))
        runs = []
        for each in chosen:
            if each.data.tags.get("kizu.stage") == stage:
                runs.append(each)
            else:
                runs += self.find({"mlflow.parentRunId": each.info.run_id, "kizu.stage": stage})
        return runs

    def find_or_create(
        self, key: Mapping[str, str], name: str, started: int, tags: Mapping[str, str | None]
    ) -> str:
        """Return the id of the run with these tags; create it with some more if there is none.

        Args:
            key: tags that no other run has.
            name: the new run's name.
            started: when it started, in milliseconds since 1970.
            tags: more of its tags; None leaves one out.
        """
        if found := self.find(key):
            return str(found[0].info.run_id)
        every = {_name(tag): value for tag, value in {**key, **tags}.items() if value is not None}
        run = self._client.create_run(self.experiment, started, every, name)
        return str(run.info.run_id)

    def set_tags(self, run: str, tags: Mapping[str, str | None]) -> None:
        """Write tags; None leaves one out."""
        from mlflow.entities import RunTag

        entries = [RunTag(_name(tag), value) for tag, value in tags.items() if value is not None]
        for batch in _batches(entries, _MAX_TAGS):
            self._client.log_batch(run, tags=batch)

    def log_parameters(self, run: str, parameters: Mapping[str, Any]) -> None:
        """Write parameters; one that is written again must have the value it had."""
        from mlflow.entities import Param

        entries = [Param(_name(key), as_text(value)) for key, value in parameters.items()]
        for batch in _batches(entries, _MAX_PARAMETERS):
            self._client.log_batch(run, params=batch)

    def log_metrics(self, run: str, points: Iterable[Point]) -> None:
        """Write values of metrics."""
        from mlflow.entities import Metric

        entries = (Metric(_name(p.name), p.value, p.time, p.step) for p in points)
        for batch in _batches(entries, _MAX_METRICS):
            self._client.log_batch(run, metrics=batch)

    def log_inputs(self, run: str, hashes: Mapping[str, str]) -> None:
        """Show files as the run's input data sets, with their DVC hashes as digests."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        context = [InputTag("mlflow.data.context", "input")]
        datasets = [
            Dataset(path, digest, "dvc", json.dumps({"path": path, "md5": digest}))
            for path, digest in hashes.items()
        ]
        if datasets:
            self._client.log_inputs(run, [DatasetInput(dataset, context) for dataset in datasets])

    def log_folder(self, run: str, folder: Path) -> None:
        """Copy a folder's content to the run's artifacts."""
        self._client.log_artifacts(run, str(folder))

    def log_file(self, run: str, file: Path, folder: str) -> None:
        """Copy a file to a folder of the run's artifacts."""
        self._client.log_artifact(run, str(file), folder)

    def log_json(self, run: str, value: Mapping[str, Any], name: str) -> None:
        """Write a JSON file to the run's artifacts."""
        self._client.log_dict(run, dict(value), name)

    def end(self, run: str, status: str, ended: int) -> None:
        """End a run.

        Args:
            run: the run.
            status: ``FINISHED``, ``FAILED`` or ``KILLED``.
            ended: milliseconds since 1970.
        """
        self._client.set_terminated(run, status, ended)


def as_text(value: Any) -> str:
    """Return a parameter's value as MLflow keeps it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _name(text: str) -> str:
    """Replace what MLflow forbids in a name."""
    return re.sub(r"[^\w\-. /:]", "_", text)[:_MAX_NAME]


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
