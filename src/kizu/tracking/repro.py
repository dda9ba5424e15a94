"""Tracking around one run of DVC: what ``kizu repro`` does besides running it."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from kizu.lineage.project import BASE
from kizu.tracking.follow import follow
from kizu.tracking.processes import Process
from kizu.tracking.records import Session
from kizu.tracking.sessions import REPRO, now
from kizu.tracking.spool import Spool
from kizu.tracking.sync import SyncReport, send


@dataclass
class Repro:
    """A repro under way.

    Attributes:
        environment: variables for the DVC process.
        succeeded: set it when DVC has; the parent run is marked as failed otherwise.
        report: afterwards, what ran and what MLflow got.
    """

    environment: dict[str, str]
    succeeded: bool = False
    report: SyncReport = field(default_factory=SyncReport)


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
    try:
        Spool(root).open_session(session)
    except OSError as error:
        problem = f"mlflow/spool cannot be written ({error})"
        yield Repro({}, report=SyncReport(problem=problem, session=session))
        return
    repro = Repro({REPRO: session.id})
    over = threading.Event()
    follower = threading.Thread(target=follow, args=(root, over.wait), daemon=True)
    follower.start()
    try:
        yield repro
    finally:
        over.set()
        follower.join()
        report = send(root, closing=session.id, failed=not repro.succeeded)
        repro.report = replace(report, session=session)
