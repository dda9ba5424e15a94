"""Tracking around one run of DVC: what ``kizu repro`` does besides running it."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kizu.lineage.project import BASE
from kizu.tracking.follow import follow
from kizu.tracking.processes import Process
from kizu.tracking.records import Record, Session
from kizu.tracking.sessions import REPRO, now
from kizu.tracking.spool import Spool
from kizu.tracking.sync import SyncReport, sync


@dataclass
class Repro:
    """A repro under way.

    Attributes:
        environment: variables for the DVC process.
        succeeded: set it when DVC has; the parent run is marked as failed otherwise.
        records: afterwards, the stages that ran, in order.
        report: afterwards, what MLflow got.
    """

    environment: dict[str, str]
    succeeded: bool = False
    records: list[Record] = field(default_factory=list)
    report: SyncReport = field(default_factory=lambda: SyncReport(sent=0, waiting=0))


@contextmanager
def tracked_repro(root: Path, command: str, profile: str | None = None) -> Iterator[Repro]:
    """Make one parent run of everything that DVC runs inside the block.

    A thread sends the metrics of trainings meanwhile; leaving the block sends the rest.

    Args:
        root: the project's absolute folder.
        command: what the user typed, e.g. ``kizu repro``.
        profile: the profile that overlays ``conf/base``.
    """
    session = Session(
        id=uuid.uuid4().hex,
        command=command,
        process=Process.current(),
        project=str(root),
        started=now(),
        profile=None if profile == BASE else profile,
        lock=True,
    )
    spool = Spool(root)
    spool.open_session(session)
    over = threading.Event()
    follower = threading.Thread(target=follow, args=(root, over.wait), daemon=True)
    follower.start()
    repro = Repro({REPRO: session.id})
    try:
        yield repro
    finally:
        over.set()
        follower.join()
        repro.records = [record for record in spool.records() if record.session == session.id]
        repro.report = sync(root, closing=session.id, failed=not repro.succeeded)
