"""What is known about one run of a stage, and about the command that several runs belong to."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from kizu.tracking.processes import Process

SCHEMA_VERSION = 1


class Status(StrEnum):
    """How a stage's run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Record:
    """One run of one stage. It is complete without MLflow: all that MLflow shows is in here.

    Attributes:
        id: unique; the MLflow run carries it as a tag.
        stage: the stage's name.
        profile: the folder of ``conf/`` that overlays the default; None for the default.
        session: the id of the `Session` that it belongs to.
        process: the process that runs the stage.
        started: milliseconds since 1970.
        ended: the same; None while the stage runs.
        status: how it stands.
        error: what went wrong, in a sentence.
        commit: git's full hash; None without one.
        dirty: whether the working tree had uncommitted changes.
        command: what the user, or DVC, typed.
        environment: the variables that DVC and ``kizu repro`` set.
        runtime: device, threads, library versions and peak memory, as far as they are known.
        parameters: resolved, flat with dotted names, secrets hidden.
        inputs: content hash by path, as ``dvc.lock`` has them.
        outputs: the same.
        metrics: final values.
        key_metrics: those metrics' names that a summary shows.
        history: rows of metrics, each with its ``step``.
        artifacts: paths in the record's folder, of files to show beside the run.
        report: the path of the HTML report among the outputs.
    """

    id: str
    stage: str
    profile: str | None
    session: str
    process: Process
    started: int
    ended: int | None = None
    status: Status = Status.RUNNING
    error: str | None = None
    commit: str | None = None
    dirty: bool = False
    command: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    runtime: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    key_metrics: list[str] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    report: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long the stage took; None while it runs."""
        return None if self.ended is None else (self.ended - self.started) / 1000

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return {"schema": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Record":
        """Rebuild a record.

        Raises:
            ValueError: it was written by a version of kizu with another schema.
        """
        values = _checked(values)
        values["process"] = Process(**values["process"])
        values["status"] = Status(values["status"])
        return cls(**values)


@dataclass(frozen=True)
class Session:
    """One command of the user, under which stages ran: the parent of their runs.

    Attributes:
        id: unique.
        command: what was typed, e.g. ``dvc repro`` or ``kedro run --tags gan``.
        process: the process that was started by it; the session ends with it.
        project: the absolute folder that the stages run in.
        started: milliseconds since 1970.
        profile: as in `Record`.
        lock: whether DVC decides which stages run, so that ``dvc.lock`` tells about the others.
        experiment: DVC's experiment name.
        baseline: the commit that the experiment started from.
    """

    id: str
    command: str
    process: Process
    project: str
    started: int
    profile: str | None
    lock: bool
    experiment: str | None = None
    baseline: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the session as JSON values."""
        return {"schema": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Session":
        """Rebuild a session.

        Raises:
            ValueError: it was written by a version of kizu with another schema.
        """
        values = _checked(values)
        values["process"] = Process(**values["process"])
        return cls(**values)


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested mappings to dotted names; lists stay whole.

    >>> flatten({"gan": {"width": 64, "betas": [0.5, 0.9]}})
    {'gan.width': 64, 'gan.betas': [0.5, 0.9]}
    """
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    values = dict(values)
    schema = values.pop("schema", None)
    if schema != SCHEMA_VERSION:
        raise ValueError(f"schema is {schema}, this version of kizu reads {SCHEMA_VERSION}")
    return values
