"""Sending spooled records to MLflow: what every way of running stages ends in.

It may be interrupted anywhere and repeated: nothing is sent twice, and nothing is removed from the
spool before MLflow has it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from kizu.tracking.closing import close_session, locked_stages
from kizu.tracking.live import read_rows
from kizu.tracking.location import tracking_uri, unreachable
from kizu.tracking.lock import lock_digest
from kizu.tracking.records import Record, Session, Status
from kizu.tracking.runs import parent_run, send_live, send_rest, stage_run
from kizu.tracking.secrets import redact
from kizu.tracking.spool import Progress, Spool
from kizu.tracking.store import Store

LOCK_TIMEOUT = 60.0
"""Seconds to wait for another process that sends records."""


@dataclass(frozen=True)
class SyncReport:
    """What became of the spooled records.

    Attributes:
        sent: how many runs of stages MLflow has got.
        waiting: how many records it has yet to get.
        problem: why it could not get them, in a sentence; None when all is well.
        parents: the addresses of the commands' runs that were ended.
    """

    sent: int
    waiting: int
    problem: str | None = None
    parents: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.problem:
            return (
                f"{_runs(self.waiting)} could not be sent to MLflow: {self.problem}. Nothing is "
                "lost: mlflow/spool keeps them, and `kizu sync` sends them later."
            )
        return f"{_runs(self.sent)} sent to MLflow." if self.sent else "MLflow has all runs."


def sync(root: Path, closing: str | None = None, failed: bool = False) -> SyncReport:
    """Send what is spooled, and end the runs of the commands that are over.

    Args:
        root: the folder of the project that keeps the runs.
        closing: the id of a session that is over although its process still runs.
        failed: whether that session failed, whatever its stages say.
    """
    spool, uri = Spool(root), tracking_uri(root)
    over = [s for s in spool.sessions() if s.id == closing or not s.process.alive]
    _drop_idle(spool, uri, over)
    if not spool.sessions() and not spool.records():
        return SyncReport(sent=0, waiting=0)
    problem = unreachable(uri)
    if problem is None:
        try:
            with spool.locked(LOCK_TIMEOUT):
                return _Pass(spool, uri, Store.connect(root)).run(closing, failed)
        except Exception as error:  # MLflow lets through the errors of all that it uses
            problem = _sentence(error)
    return SyncReport(sent=0, waiting=len(_incomplete(spool, uri)), problem=problem)


class _Pass:
    """One pass over the spool, with the store open and the lock held."""

    def __init__(self, spool: Spool, uri: str, store: Store) -> None:
        self._spool = spool
        self._uri = uri
        self._store = store

    def run(self, closing: str | None, failed: bool) -> SyncReport:
        self._remove_leftovers()
        sent, problem = 0, None
        for record in _incomplete(self._spool, self._uri):
            try:
                sent += self._send(record)
            except Exception as error:  # as in `sync`; the next record may be a good one
                problem = _sentence(error)
                if unreachable(self._uri):
                    break
        parents: list[str] = []
        if problem is None:
            for session in self._spool.sessions():
                if session.id == closing or not session.process.alive:
                    parents += self._close(session, failed and session.id == closing)
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
        self._spool.write_progress(record.id, Progress(self._uri, run, offset, not running))
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
        """End a command's run unless one of its stages outlives it; return the run's address."""
        records = {
            self._spool.progress(record.id, self._uri).run or "": record
            for record in self._spool.records()
            if record.session == session.id
        }
        if any(record.status is Status.RUNNING for record in records.values()):
            return []
        parent = close_session(self._store, session, self._spool.root, records, failed)
        if locked := locked_stages(session, self._spool.root):
            self._spool.write_recorded(self._uri, session.profile, lock_digest(locked))
        # From here on the session counts as closed: its stages are not looked at again.
        self._spool.close_session(session.id)
        for record in records.values():
            self._spool.remove(record.id)
        return [self._store.url(parent)]


def _drop_idle(spool: Spool, uri: str, over: Iterable[Session]) -> None:
    """Forget the commands under which nothing ran and nothing changed."""
    busy = {record.session for record in spool.records()}
    for session in over:
        if session.id in busy:
            continue
        locked = locked_stages(session, spool.root)
        if not locked or lock_digest(locked) == spool.recorded(uri, session.profile):
            spool.close_session(session.id)


def _incomplete(spool: Spool, uri: str) -> list[Record]:
    records = spool.records()
    return [record for record in records if not spool.progress(record.id, uri).complete]


def _sentence(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return redact(lines[0] if lines else type(error).__name__).rstrip(".")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
