"""Writing the records of one Kedro run, stage by stage."""

import json
import logging
import os
import platform
import shutil
import sys
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kedro.pipeline import Pipeline

from kizu.lineage.catalog import CatalogEntry
from kizu.lineage.hashing import content_hash
from kizu.lineage.stages import Stage
from kizu.tracking.git import Source
from kizu.tracking.location import tracking_uri, unreachable
from kizu.tracking.processes import Process, command_line
from kizu.tracking.records import Record, Session, Status, flatten
from kizu.tracking.secrets import mask, redact
from kizu.tracking.sessions import RECORDED_VARIABLES, now
from kizu.tracking.spool import Spool

logger = logging.getLogger(__name__)

# By `metadata.kizu.kind`: the folder, in the record and in MLflow, of files to look at.
_ARTIFACT_FOLDERS = {
    "figure": "figures",
    "metrics": "metrics",
    "plots": "plots",
    "report": "report",
}


class Recorder:
    """Writes a record for each stage of one Kedro run.

    Args:
        spool: where the records go.
        session: the command that the run belongs to.
        project: the folder that paths are recorded relative to.
        source: the state of the code.
        stages: the nodes to run, by stage.
        entries: the catalog's configuration, with absolute paths.
    """

    def __init__(
        self,
        spool: Spool,
        session: Session,
        project: Path,
        source: Source,
        stages: Mapping[str, Pipeline],
        entries: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._spool = spool
        self._session = session
        self._project = project
        self._source = source
        self._stages = stages
        self._entries = entries
        self._started = now()
        # Decided here, so that processes forked by Kedro's ParallelRunner agree on them.
        self._ids = {stage: uuid.uuid4().hex for stage in stages}
        self._running: dict[str, Record] = {}
        self._parameters: dict[str, dict[str, Any]] = {stage: {} for stage in stages}
        self._unsaved = {stage: {*nodes.all_outputs()} for stage, nodes in stages.items()}
        self._finished: set[str] = set()
        self._stage_of_thread: dict[int, str] = {}
        self._pid = os.getpid()

    def begin(self, stage: str) -> None:
        """Note that this thread works on a stage; the first time, write its record."""
        self._stage_of_thread[threading.get_ident()] = stage
        if stage in self._running or stage in self._finished or os.getpid() != self._pid:
            return
        self._finish_complete(besides=stage)
        self._start(stage, now())

    def add_parameters(self, stage: str, inputs: Mapping[str, Any]) -> None:
        """Take the parameters among the inputs of a node, as the node sees them."""
        for name, value in inputs.items():
            if name == "parameters" or name.startswith("params:"):
                prefix = name.partition(":")[2]
                dump = getattr(value, "model_dump", None)
                value = dump(mode="json") if dump else value
                nested = {prefix: value} if prefix else value
                self._parameters[stage].update(flatten(nested))
        self._write_parameters(stage)

    def _write_parameters(self, stage: str) -> None:
        """Let a training that is still running be seen with its parameters."""
        if stage in self._running:
            record = replace(self._running[stage], parameters=mask(self._parameters[stage]))
            self._running[stage] = record
            self._spool.write(record)

    def note_saved(self, stage: str, dataset: str) -> None:
        """Note that a dataset was written."""
        self._unsaved[stage].discard(dataset)

    def metrics_file(self) -> Path | None:
        """Return the live metrics file of the stage that this thread works on."""
        stage = self._stage_of_thread.get(threading.get_ident())
        if stage is None and len(self._running) == 1:
            stage = next(iter(self._running))
        return None if stage is None else self._spool.metrics_file(self._ids[stage])

    def finish_all(self) -> None:
        """Write the records of all stages: every node has run."""
        for stage in self._stages:
            if stage not in self._finished:
                # Under the ParallelRunner the nodes were seen by other processes only.
                if stage not in self._running:
                    self._start(stage, self._started)
                self._finish(stage, Status.FINISHED)

    def fail(self, error: BaseException) -> None:
        """Write the records of the stages that had begun: complete ones, and those that broke."""
        sentence = redact(f"{type(error).__name__}: {error}".strip().splitlines()[0])
        self._finish_complete()
        for stage in [*self._running]:
            self._finish(stage, Status.FAILED, sentence)

    def interrupt(self) -> None:
        """Write the records of stages that the process leaves undone."""
        if os.getpid() == self._pid:
            for stage in [*self._running]:
                self._finish(stage, Status.INTERRUPTED, "the process ended before the stage did")

    def warn_if_unreachable(self) -> None:
        """Say once a session that the runs will reach MLflow later."""
        problem = unreachable(tracking_uri(self._spool.root))
        if problem and self._spool.first_warning(self._session.id):
            logger.warning(
                "MLflow cannot be reached: %s. The runs are kept in mlflow/spool; "
                "`kizu sync` sends them later.",
                problem,
            )

    def _finish_complete(self, besides: str | None = None) -> None:
        for stage in [*self._running]:
            if stage != besides and not self._unsaved[stage]:
                self._finish(stage, Status.FINISHED)

    def _start(self, stage: str, started: int) -> None:
        record = Record(
            id=self._ids[stage],
            stage=stage,
            profile=self._session.profile,
            session=self._session.id,
            process=Process.current(),
            started=started,
            commit=self._source.commit,
            dirty=self._source.dirty,
            command=redact(command_line(sys.argv)),
            environment={
                name: os.environ[name] for name in RECORDED_VARIABLES if name in os.environ
            },
        )
        self._running[stage] = record
        self._spool.write(record)

    def _finish(self, stage: str, status: Status, error: str | None = None) -> None:
        record = self._running.pop(stage)
        self._finished.add(stage)
        ended = now()
        view = Stage(stage, self._stages[stage])
        record = replace(
            record,
            ended=ended,
            status=status,
            error=error,
            runtime=_runtime(),
            inputs=self._hashes(self._on_disk(view.inputs)),
        )
        if status is Status.FINISHED:
            record = self._with_outputs(record, self._on_disk(view.outputs))
        self._spool.write(record)

    def _with_outputs(self, record: Record, outputs: list[CatalogEntry]) -> Record:
        metrics: dict[str, float] = {}
        key_metrics: list[str] = []
        history: list[dict[str, float]] = []
        for output in outputs:
            if output.kind == "metrics":
                metrics.update(_numbers(flatten(_read_json(output))))
                key_metrics.extend(output.metadata.get("key_metrics", ()))
            elif output.kind == "plots":
                history.extend(_steps(_read_json(output)))
        reports = [self._relative(output) for output in outputs if output.kind == "report"]
        return replace(
            record,
            outputs=self._hashes(outputs),
            metrics=metrics,
            key_metrics=[name for name in key_metrics if name in metrics],
            history=history,
            artifacts=self._copy_artifacts(record.id, outputs),
            report=next(iter(reports), None),
        )

    def _on_disk(self, datasets: Iterable[str]) -> list[CatalogEntry]:
        """Return the entries of those datasets that lie somewhere, and do."""
        known = (name for name in datasets if name in self._entries)
        entries = [CatalogEntry.of(name, self._entries[name]) for name in known]
        return [entry for entry in entries if entry.path and Path(entry.path).exists()]

    def _hashes(self, entries: Iterable[CatalogEntry]) -> dict[str, str]:
        return {
            self._relative(entry): content_hash(Path(str(entry.path)), self._project)
            for entry in entries
        }

    def _copy_artifacts(self, record: str, outputs: Iterable[CatalogEntry]) -> list[str]:
        copied = []
        for output in outputs:
            source = Path(str(output.path))
            if output.kind in _ARTIFACT_FOLDERS and source.is_file():
                name = f"{_ARTIFACT_FOLDERS[output.kind]}/{output.name}{source.suffix}"
                target = self._spool.artifacts(record) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                copied.append(name)
        return sorted(copied)

    def _relative(self, entry: CatalogEntry) -> str:
        path = Path(str(entry.path))
        inside = path.is_relative_to(self._project)
        return (path.relative_to(self._project) if inside else path).as_posix()


def _read_json(entry: CatalogEntry) -> Any:
    return json.loads(Path(str(entry.path)).read_text(encoding="utf-8"))


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in values.items() if isinstance(value, int | float)}


def _steps(rows: Any) -> list[dict[str, float]]:
    """Return the rows of a plot that are a history of steps; those of a ROC curve are none."""
    return [_numbers(row) for row in rows if isinstance(row, dict) and "step" in row]


def _runtime() -> dict[str, str]:
    """Describe the machine and, where the stage used it, how PyTorch was set."""
    facts = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
    }
    if sys.platform != "win32":
        import resource

        # In KiB, except on macOS, where it is in bytes.
        unit = 1024 if sys.platform == "darwin" else 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        facts["peak_memory_mib"] = f"{peak / 1024:.0f}"
    torch = sys.modules.get("torch")
    if torch is not None:
        cuda = torch.cuda.is_initialized()
        facts |= {
            "torch": torch.__version__,
            "threads": str(torch.get_num_threads()),
            "device": torch.cuda.get_device_name() if cuda else "cpu",
            "deterministic": str(torch.are_deterministic_algorithms_enabled()),
        }
    return facts
