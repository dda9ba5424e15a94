"""Writing the records of one Kedro run, stage by stage."""

import logging
import os
import sys
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kedro.pipeline import Pipeline

from kizu.lineage.catalog import CatalogEntry
from kizu.lineage.stages import Stage
from kizu.tracking.contents import (
    copy_artifacts,
    final_metrics,
    hashes,
    report_path,
    step_history,
)
from kizu.tracking.git import Source
from kizu.tracking.location import tracking_uri, unreachable
from kizu.tracking.processes import Process, command_line
from kizu.tracking.records import Record, Session, Status, flatten
from kizu.tracking.runtime import describe_runtime
from kizu.tracking.secrets import mask, redact
from kizu.tracking.sessions import RECORDED_VARIABLES, now
from kizu.tracking.spool import Spool

logger = logging.getLogger(__name__)


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
        # Kedro's ThreadRunner calls from several threads.
        self._lock = threading.Lock()

    def begin(self, stage: str) -> None:
        """Note that this thread works on a stage; the first time, write its record."""
        self._stage_of_thread[threading.get_ident()] = stage
        with self._lock:
            if stage not in self._running and stage not in self._finished:
                if self._is_ours():
                    self._finish_complete()
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
        with self._lock:
            if stage in self._running:
                # Written at once, so that a training is seen with them while it runs.
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
        sentence = redact(" ".join(f"{type(error).__name__}: {error}".split()))
        self._finish_complete()
        for stage in [*self._running]:
            self._finish(stage, Status.FAILED, sentence)

    def interrupt(self) -> None:
        """Write the records of stages that the process leaves undone."""
        if self._is_ours():
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

    def _is_ours(self) -> bool:
        """Tell whether this is the process that ends the records, not a fork that runs nodes."""
        return os.getpid() == self._pid

    def _finish_complete(self) -> None:
        for stage in [*self._running]:
            if not self._unsaved[stage]:
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
            command=redact(command_line(sys.orig_argv)),
            environment={
                name: os.environ[name] for name in RECORDED_VARIABLES if name in os.environ
            },
        )
        self._running[stage] = record
        self._spool.write(record)

    def _finish(self, stage: str, status: Status, error: str | None = None) -> None:
        record = replace(
            self._running.pop(stage),
            ended=now(),
            status=status,
            error=error,
            runtime=describe_runtime(),
        )
        self._finished.add(stage)
        try:
            record = self._with_contents(record)
        finally:
            # A stage whose files cannot be described has finished nevertheless.
            self._spool.write(record)

    def _with_contents(self, record: Record) -> Record:
        stage = Stage(record.stage, self._stages[record.stage])
        inputs = hashes(self._on_disk(stage.inputs), self._project)
        if record.status is not Status.FINISHED:
            return replace(record, inputs=inputs)
        outputs = self._on_disk(stage.outputs)
        metrics, key_metrics = final_metrics(outputs)
        return replace(
            record,
            inputs=inputs,
            outputs=hashes(outputs, self._project),
            metrics=metrics,
            key_metrics=key_metrics,
            history=step_history(outputs),
            artifacts=copy_artifacts(outputs, self._spool.artifacts(record.id)),
            report=report_path(outputs, self._project),
        )

    def _on_disk(self, datasets: Iterable[str]) -> list[CatalogEntry]:
        """Return the entries of those datasets that lie somewhere, and do."""
        known = (name for name in datasets if name in self._entries)
        entries = [CatalogEntry.of(name, self._entries[name]) for name in known]
        return [entry for entry in entries if entry.path and Path(entry.path).exists()]
