"""Ending the run of a command, with a child also for every stage that DVC did not have to run."""

import json
import logging
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kizu.lineage.hashing import content_hash
from kizu.tracking.git import source_of
from kizu.tracking.lock import LockedStage, after, lock_digest, parse_lock
from kizu.tracking.publish import publish
from kizu.tracking.records import Record, Session, Status
from kizu.tracking.runs import CACHED, parent_run, send_cached, send_lock
from kizu.tracking.sessions import now
from kizu.tracking.store import Point, Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a command did for one stage.

    Attributes:
        stage: its name.
        run: the id of its run.
        status: a `kizu.tracking.records.Status`, or `CACHED`.
        key_metrics: those that a summary shows.
        report: the path of the HTML report that it makes; None for most stages.
        outputs: content hash by path.
    """

    stage: str
    run: str
    status: str
    key_metrics: Mapping[str, float]
    report: str | None
    outputs: Mapping[str, str]


def close_session(
    store: Store, session: Session, root: Path, records: Mapping[str, Record], failed: bool
) -> str:
    """End the run of a command whose stages have ended and are all sent.

    Args:
        store: where to.
        session: the command.
        root: the folder of the project that keeps the runs.
        records: the records of its stages by the id of their run.
        failed: whether the command failed, whatever its stages say.

    Returns:
        The id of the command's run.
    """
    parent = parent_run(store, session)
    ended = max((record.ended or 0 for record in records.values()), default=now())
    outcomes = [_ran(run, record) for run, record in records.items()]
    locked = locked_stages(session, root)
    for outcome in outcomes:
        stage = locked.get(outcome.stage)
        if stage and stage.outputs == outcome.outputs:
            send_lock(store, outcome.run, stage)
    outcomes += _cached(store, session, parent, locked, records.values(), ended)
    source = source_of(root)
    commit = next((record.commit for record in records.values()), source.commit)
    dirty = any(record.dirty for record in records.values()) if records else source.dirty
    provenance = {
        "commit": commit,
        "dirty": dirty,
        "runs": [
            {
                "stage": outcome.stage,
                "run_id": outcome.run,
                "url": store.url(outcome.run),
                "status": CACHED if outcome.status == CACHED else "ran",
            }
            for outcome in outcomes
        ],
    }
    tags = {
        "mlflow.source.git.commit": commit,
        "git.dirty": str(dirty).lower() if commit else None,
        "kizu.lock": lock_digest(locked) if locked else None,
        "kizu.stages": json.dumps({outcome.stage: outcome.status for outcome in outcomes}),
    }
    store.set_tags(parent, tags)
    points = (
        Point(f"{outcome.stage}.{name}", value, 0, ended)
        for outcome in outcomes
        for name, value in outcome.key_metrics.items()
    )
    store.log_metrics(parent, points)
    for report in _reports(Path(session.project), outcomes):
        if copy := publish(report, provenance):
            store.log_file(parent, copy, "report")
    store.end(parent, _status(records.values(), failed), ended)
    return parent


def locked_stages(session: Session, root: Path) -> dict[str, LockedStage]:
    """Return what ``dvc.lock`` says about the stages of a command, makers before users.

    Nothing for a command without DVC, nor from a lock file that is damaged (a merge conflict in it,
    say): DVC itself tells about that.

    Args:
        session: the command.
        root: the folder of the project that keeps the runs.
    """
    if not session.lock:
        return {}
    path = lock_path(session.profile)
    text = _text(Path(session.project) / path)
    if text is None and session.experiment:
        text = _committed(root, session.experiment, path)
    try:
        return parse_lock(text or "")
    except ValueError as error:
        logger.warning("%s cannot be read: %s", path, error)
        return {}


def lock_path(profile: str | None) -> str:
    """Return where DVC keeps the lock of a profile, relative to the project."""
    return f"conf/{profile}/dvc.lock" if profile else "dvc.lock"


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _committed(root: Path, experiment: str, path: str) -> str | None:
    """Read a file of a DVC experiment, whose temporary folder is gone, from git."""
    pattern = f"refs/exps/*/*/{experiment}"
    refs = _git(root, "for-each-ref", "--format=%(refname)", "--sort=-creatordate", pattern)
    for ref in (refs or "").splitlines():
        return _git(root, "show", f"{ref}:./{path}")
    return None


def _git(root: Path, *arguments: str) -> str | None:
    result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    return result.stdout if result.returncode == 0 else None


def _ran(run: str, record: Record) -> Outcome:
    metrics = {name: record.metrics[name] for name in record.key_metrics}
    return Outcome(record.stage, run, record.status, metrics, record.report, record.outputs)


def _cached(
    store: Store,
    session: Session,
    parent: str,
    locked: Mapping[str, LockedStage],
    records: Collection[Record],
    ended: int,
) -> list[Outcome]:
    """Write a run for every stage that had its outputs already."""
    records = [record for record in records if record.profile == session.profile]
    ran = {record.stage for record in records}
    # What a broken stage would have changed was not reached; DVC did not look at it.
    broken = {record.stage for record in records if record.status is not Status.FINISHED}
    skipped = ran | after(locked, broken)
    outcomes = []
    for name, stage in locked.items():
        if name in skipped:
            continue
        run, maker = send_cached(store, session, parent, stage, ended)
        tags = maker.data.tags if maker else {}
        values = maker.data.metrics if maker else {}
        keys = json.loads(tags.get("kizu.key_metrics", "[]"))
        metrics = {key: values[key] for key in keys if key in values}
        report = tags.get("kizu.report")
        outcomes.append(Outcome(name, run, CACHED, metrics, report, stage.outputs))
    return outcomes


def _reports(project: Path, outcomes: Iterable[Outcome]) -> Iterator[Path]:
    """Yield the reports among the outputs that are on disk as they were made."""
    for outcome in outcomes:
        if outcome.report is None:
            continue
        path = project / outcome.report
        if path.is_file() and content_hash(path) == outcome.outputs.get(outcome.report):
            yield path


def _status(records: Iterable[Record], failed: bool) -> str:
    statuses = {record.status for record in records}
    if failed or Status.FAILED in statuses:
        return "FAILED"
    return "KILLED" if Status.INTERRUPTED in statuses else "FINISHED"
