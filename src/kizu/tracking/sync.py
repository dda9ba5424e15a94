"""Sending spooled records to MLflow: what every way of running stages ends in.

It may be interrupted anywhere and repeated: nothing is sent twice, and nothing is removed from the
spool before MLflow has it.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from kizu.tracking.closing import close_session, locked_stages
from kizu.tracking.live import read_rows
from kizu.tracking.location import tracking_uri, unreachable
from kizu.tracking.lock import lock_digest
from kizu.tracking.processes import Process
from kizu.tracking.records import Record, Session, Status
from kizu.tracking.runs import parent_run, send_live, send_rest, stage_run
from kizu.tracking.secrets import redact
from kizu.tracking.sessions import now
from kizu.tracking.spool import Progress, Spool
from kizu.tracking.store import Store

LOCK_TIMEOUT = 60.0
"""Seconds to wait for another process that sends records."""

_PATIENCE = 5.0
"""A failure that took more seconds than this is the store's, not the record's."""


@dataclass(frozen=True)
class SyncReport:
    """What became of the spooled records.

    Attributes:
        sent: how many stages' runs MLflow has got.
        waiting: how many records it has yet to get.
        problem: why it could not get them, in a sentence; None when all is well.
        parents: the addresses of the commands' runs that it has got.
        session: the command that was to be closed.
        records: the stages that ran under it, in order.
    """

    sent: int = 0
    waiting: int = 0
    problem: str | None = None
    parents: tuple[str, ...] = ()
    session: Session | None = None
    records: tuple[Record, ...] = ()

    def __str__(self) -> str:
        if self.problem:
            return (
                f"MLflow does not have all runs: {self.problem}. Records waiting in mlflow/spool: "
                f"{self.waiting}; `kizu sync` sends them later."
            )
        if not self.sent and not self.parents:
            return "MLflow has all runs."
        new = self.sent + len(self.parents)
        return f"MLflow has got {new} {'run' if new == 1 else 'runs'}."


def sync(root: Path) -> SyncReport:
    """Send everything that is spooled; note a repro of which nothing else tells.

    Args:
        root: the folder of the project that keeps the runs.
    """
    _adopt_lock(Spool(root), tracking_uri(root))
    return send(root)


def send(root: Path, closing: str | None = None, failed: bool = False) -> SyncReport:
    """Send what is spooled, and end the runs of the commands that are over.

    Args:
        root: the folder of the project that keeps the runs.
        closing: the id of a session that is over although its process still runs.
        failed: whether that session failed, whatever its stages say.
    """
    spool, uri = Spool(root), tracking_uri(root)
    over = [s for s in spool.sessions() if s.id == closing or not s.process.alive]
    session = next((session for session in over if session.id == closing), None)
    records = tuple(record for record in spool.records() if record.session == closing)
    report = _send(spool, uri, over, closing if failed else None)
    return replace(report, session=session, records=records)


def _send(spool: Spool, uri: str, over: list[Session], failed: str | None) -> SyncReport:
    over = [session for session in over if not _dropped(spool, uri, session)]
    if not over and not spool.records():
        return SyncReport()
    problem = unreachable(uri)
    if problem is None:
        try:
            with spool.locked(LOCK_TIMEOUT):
                return _Pass(spool, uri, Store.connect(spool.root)).run(over, failed)
        except Exception as error:  # MLflow lets through the errors of all that it uses
            problem = _sentence(error)
    return SyncReport(waiting=len(_incomplete(spool, uri)), problem=problem)


def _adopt_lock(spool: Spool, uri: str) -> None:
    """Open a session for a ``dvc.lock`` that changed without any stage of ours running.

    A plain ``dvc repro`` that finds every output in its cache starts no process of ours. It is seen
    only where runs of an earlier lock are known, so that a fresh clone's lock is not taken for a
    repro; and not while a repro goes on.
    """
    if any(session.lock for session in spool.sessions()):
        return
    for profile, digest in spool.recorded_locks(uri).items():
        session = Session(
            id="",
            command=f"restored by DVC ({profile})" if profile else "restored by DVC",
            process=Process(0, ""),
            project=str(spool.root),
            started=now(),
            profile=profile,
            lock=True,
        )
        locked = locked_stages(session, spool.root)
        found = lock_digest(locked)
        outputs = [spool.root / path for stage in locked.values() for path in stage.outputs]
        if locked and found != digest and all(path.exists() for path in outputs):
            spool.open_session(replace(session, id=f"lock-{found}"))


class _Pass:
    """One pass over the spool, with the store open and the lock held."""

    def __init__(self, spool: Spool, uri: str, store: Store) -> None:
        self._spool = spool
        self._uri = uri
        self._store = store

    def run(self, over: Iterable[Session], failed: str | None) -> SyncReport:
        self._remove_leftovers()
        sent, problem = 0, None
        for record in _incomplete(self._spool, self._uri):
            started = time.monotonic()
            try:
                sent += self._send(record)
            except Exception as error:  # as in `_send`; the next record may be a good one
                problem = _sentence(error)
                if time.monotonic() - started > _PATIENCE or unreachable(self._uri):
                    break
        parents: list[str] = []
        try:
            for session in over if problem is None else ():
                parents += self._close(session, session.id == failed)
        except Exception as error:  # as in `_send`
            problem = _sentence(error)
        waiting = len(_incomplete(self._spool, self._uri))
        return SyncReport(sent, waiting, problem, tuple(parents))

    def _remove_leftovers(self) -> None:
        """Finish what an earlier pass was interrupted at: `_close`, after its first removal."""
        sessions = {session.id for session in self._spool.sessions()}
        for record in self._spool.records():
            complete = self._spool.progress(record.id, self._uri).complete
            if complete and record.session not in sessions:
                self._spool.remove(record.id)

    def _send(self, record: Record) -> bool:
        """Send what is new about a record; tell whether MLflow has all of it now."""
        if record.status is Status.RUNNING and not record.process.alive:
            record = self._interrupted(record)
        running = record.status is Status.RUNNING
        progress = self._spool.progress(record.id, self._uri)
        metrics = self._spool.metrics_file(record.id)
        rows, offset = read_rows(metrics, progress.offset)
        if running and not rows:
            return False
        run = progress.run
        if run is None:
            session = self._session_of(record)
            run = stage_run(self._store, record, parent_run(self._store, session))
        send_live(self._store, run, record, rows)
        if not running:
            every, _ = read_rows(metrics)
            artifacts = self._spool.artifacts(record.id)
            send_rest(self._store, run, record, every, artifacts)
        self._spool.write_progress(record.id, self._uri, Progress(run, offset, not running))
        return not running

    def _interrupted(self, record: Record) -> Record:
        """Write down that a stage's process is gone, without a word from it."""
        rows, _ = read_rows(self._spool.metrics_file(record.id))
        record = replace(
            record,
            status=Status.INTERRUPTED,
            ended=max(record.started, *(row["time"] for row in rows[-1:])),
            error="the stage's process ended without finishing the stage",
        )
        self._spool.write(record)
        return record

    def _session_of(self, record: Record) -> Session:
        known = {session.id: session for session in self._spool.sessions()}
        return known.get(record.session) or Session(
            id=record.session,
            command=record.command,
            process=record.process,
            project=str(self._spool.root),
            started=record.started,
            profile=record.profile,
            lock=False,
        )

    def _close(self, session: Session, failed: bool) -> list[str]:
        """End a command's run and return its address.

        Not if one of its stages outlives it, and not if another process has done it meanwhile.
        """
        if session not in self._spool.sessions():
            return []
        records = {
            self._spool.progress(record.id, self._uri).run or "": record
            for record in self._spool.records()
            if record.session == session.id
        }
        if any(record.status is Status.RUNNING for record in records.values()):
            return []
        parent = close_session(self._store, session, self._spool.root, records, failed)
        locked = locked_stages(session, self._spool.root)
        if locked and session.project == str(self._spool.root):
            self._spool.write_recorded_lock(self._uri, session.profile, lock_digest(locked))
        # From here on the session counts as closed: its stages are not looked at again.
        self._spool.close_session(session.id)
        for record in records.values():
            self._spool.remove(record.id)
        return [self._store.url(parent)]


def _dropped(spool: Spool, uri: str, session: Session) -> bool:
    """Forget a command under which nothing ran and nothing changed; tell whether it is one."""
    if any(record.session == session.id for record in spool.records()):
        return False
    locked = locked_stages(session, spool.root)
    idle = not locked or lock_digest(locked) == spool.recorded_locks(uri).get(session.profile)
    if idle:
        spool.close_session(session.id)
    return idle


def _incomplete(spool: Spool, uri: str) -> list[Record]:
    records = spool.records()
    return [record for record in records if not spool.progress(record.id, uri).complete]


def _sentence(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return redact(lines[0] if lines else type(error).__name__).rstrip(".")
