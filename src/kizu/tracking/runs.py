"""What a record, a session and a stage of ``dvc.lock`` look like as runs of MLflow."""

import getpass
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kizu.tracking.lock import LockedStage, outputs_digest
from kizu.tracking.records import Record, Session, Status
from kizu.tracking.store import Point, Store, as_text

if TYPE_CHECKING:
    from mlflow.entities import Run

CACHED = "cached"
"""The status of a stage that DVC had the outputs of; nothing ran."""

_ENDED_AS = {
    Status.FINISHED: "FINISHED",
    Status.FAILED: "FAILED",
    Status.INTERRUPTED: "KILLED",
}


def parent_run(store: Store, session: Session) -> str:
    """Return the run of a command, the parent of its stages' runs; create it if there is none."""
    tags = {
        "kizu.profile": session.profile,
        "dvc.experiment": session.experiment,
        "dvc.baseline": session.baseline,
        "kizu.command": session.command,
        "mlflow.source.name": _program(session.command),
        **_origin(),
    }
    name = session.experiment or _program(session.command)
    return store.find_or_create({"kizu.session": session.id}, name, session.started, tags)


def stage_run(store: Store, record: Record, parent: str) -> str:
    """Return the run of a stage; create it if there is none."""
    tags = {
        "kizu.stage": record.stage,
        "kizu.status": record.status,
        "kizu.profile": record.profile,
        "mlflow.parentRunId": parent,
        "kizu.command": record.command,
        "mlflow.source.name": _program(record.command),
        "mlflow.source.git.commit": record.commit,
        "git.dirty": str(record.dirty).lower() if record.commit else None,
        **{f"env.{name}": value for name, value in record.environment.items()},
        **_origin(),
    }
    return store.find_or_create({"kizu.record": record.id}, record.stage, record.started, tags)


def send_live(store: Store, run: str, record: Record, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what a running stage has shown so far.

    Args:
        store: where to.
        run: the stage's run.
        record: its record, which holds its parameters.
        rows: new rows of its live metrics (see `kizu.tracking.live.read_rows`).
    """
    store.log_parameters(run, record.parameters)
    store.log_metrics(run, _live_points(rows))


def send_rest(
    store: Store, run: str, record: Record, rows: Sequence[Mapping[str, Any]], artifacts: Path
) -> None:
    """Write everything that a record holds besides its live metrics, and end its run.

    Args:
        store: where to.
        run: the stage's run.
        record: the record of a stage that has ended.
        rows: all of its live metrics; the history repeats them.
        artifacts: the folder with copies of its artifacts.
    """
    assert record.ended is not None
    store.log_parameters(run, record.parameters)
    store.log_metrics(run, _missing_points(record, _live_points(rows)))
    tags = {
        "kizu.status": record.status,
        "kizu.key_metrics": json.dumps(record.key_metrics),
        "kizu.report": record.report,
        "mlflow.note.content": record.error,
        **_hash_tags(record.inputs, record.outputs),
        **{f"runtime.{name}": value for name, value in record.runtime.items()},
    }
    if record.status is Status.FINISHED:
        tags["kizu.outputs"] = outputs_digest(record.stage, record.outputs)
    store.set_tags(run, tags)
    store.log_inputs(run, record.inputs)
    if artifacts.is_dir():
        store.log_folder(run, artifacts)
    store.log_json(run, record.to_dict(), "record.json")
    store.end(run, _ENDED_AS[record.status], record.ended)


def send_cached(
    store: Store, session: Session, parent: str, stage: LockedStage, ended: int
) -> "tuple[str, Run | None]":
    """Write the run of a stage whose outputs DVC had already.

    It repeats the parameters of ``dvc.lock`` and the metrics of the run that made the outputs, and
    points to that run.

    Returns:
        The id of the run, and the run that made the outputs; None when the store knows none.
    """
    maker = find_maker(store, stage)
    data_inputs = {path: value for path, value in stage.inputs.items() if is_data(path)}
    tags = {
        "kizu.stage": stage.name,
        "kizu.status": CACHED,
        "kizu.profile": session.profile,
        "kizu.made_by": maker.info.run_id if maker else None,
        "mlflow.parentRunId": parent,
        "mlflow.note.content": _cached_note(store, maker),
        "mlflow.source.name": "DVC's cache",
        **_hash_tags(data_inputs, stage.outputs),
        **_origin(),
    }
    key = {"kizu.record": f"{session.id}/{stage.name}"}
    run = store.find_or_create(key, stage.name, ended, tags)
    store.log_parameters(run, stage.parameters)
    store.log_inputs(run, data_inputs)
    send_lock(store, run, stage)
    if maker:
        metrics = maker.data.metrics.items()
        store.log_metrics(run, (Point(name, value, 0, ended) for name, value in metrics))
    store.end(run, "FINISHED", ended)
    return run, maker


def send_lock(store: Store, run: str, stage: LockedStage) -> None:
    """Write what ``dvc.lock`` says of a stage to its run: the code's hashes are nowhere else."""
    store.log_json(run, asdict(stage), "dvc_lock.json")


def is_data(path: str) -> bool:
    """Tell an input file that a stage reads from its code, in ``dvc.lock``."""
    return path.startswith("data/")


def find_maker(store: Store, stage: LockedStage) -> "Run | None":
    """Return the run that made what ``dvc.lock`` says a stage's outputs are.

    Several runs may have made the same; the one with the most equal parameters counts, and among
    equals the latest.
    """
    digest = outputs_digest(stage.name, stage.outputs)
    wanted = {key: as_text(value) for key, value in stage.parameters.items()}
    makers = store.find({"kizu.outputs": digest, "kizu.status": Status.FINISHED})
    return max(makers, key=lambda run: len(wanted.items() & run.data.params.items()), default=None)


def _cached_note(store: Store, maker: "Run | None") -> str:
    if maker is None:
        return (
            "DVC had the outputs of this stage; nothing ran. No run in this store made them: they "
            "came with `dvc.lock`, for instance through `dvc pull`."
        )
    run, commit = maker.info.run_id, maker.data.tags.get("mlflow.source.git.commit")
    at = f" at commit {commit[:10]}" if commit else ""
    return (
        "DVC had the outputs of this stage; nothing ran. "
        f"They were made by [run {run[:8]}]({store.url(run)}){at}."
    )


def _hash_tags(inputs: Mapping[str, str], outputs: Mapping[str, str]) -> dict[str, str]:
    return {
        **{f"dvc.input.{path}": value for path, value in inputs.items()},
        **{f"dvc.output.{path}": value for path, value in outputs.items()},
    }


def _live_points(rows: Sequence[Mapping[str, Any]]) -> list[Point]:
    return [
        Point(name, value, row["step"], row["time"])
        for row in rows
        for name, value in row["metrics"].items()
    ]


def _missing_points(record: Record, live: Sequence[Point]) -> list[Point]:
    """Return the history's points that were not sent live, and the final metrics."""
    assert record.ended is not None
    sent = {(point.name, point.step) for point in live}
    points = [
        Point(name, value, int(row["step"]), record.ended)
        for row in record.history
        for name, value in row.items()
        if name != "step" and (name, int(row["step"])) not in sent
    ]
    # MLflow shows the value of the highest step as the metric's: the final one has to be there.
    last: dict[str, int] = {}
    for point in [*live, *points]:
        last[point.name] = max(point.step, last.get(point.name, 0))
    final = record.metrics.items()
    return points + [Point(key, value, last.get(key, 0), record.ended) for key, value in final]


def _program(command: str) -> str:
    """Return a command without its options, e.g. ``dvc exp run``: a name for a table."""
    return command.partition(" -")[0]


def _origin() -> dict[str, str]:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        user = "unknown"
    return {"mlflow.user": user, "mlflow.source.type": "LOCAL"}
