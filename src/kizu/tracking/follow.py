"""Sending records in the background: ``python -m kizu.tracking.follow ROOT SESSION``.

It waits for the process of the session (DVC's, or a run's by hand) to end. Until then it sends the
metrics of trainings as they come; afterwards everything else. `kizu repro` does the same in a
thread. Should it die, nothing is lost: the next sync sends what it left.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from kizu.tracking.location import tracking_uri
from kizu.tracking.records import Status
from kizu.tracking.spool import Spool
from kizu.tracking.sync import send

INTERVAL = 2.0
"""Seconds between two looks at the spool."""

_PAUSE_AFTER_PROBLEM = 30.0


def follow(root: Path, wait: Callable[[float], bool]) -> None:
    """Send live metrics until the session is over.

    MLflow is imported when there is a first metric to send: a repro without trainings never has to
    share its processors with that.

    Args:
        root: the folder of the project that keeps the runs.
        wait: waits for some seconds, or less when the session ends; tells whether it has.
    """
    pause = INTERVAL
    while not wait(pause):
        pause = INTERVAL
        if _has_news(root):
            report = send(root)
            if report.problem:
                pause = _PAUSE_AFTER_PROBLEM


def _has_news(root: Path) -> bool:
    """Tell whether a running stage has shown metrics that MLflow does not have."""
    spool, uri = Spool(root), tracking_uri(root)
    for record in spool.records():
        if record.status is Status.RUNNING:
            path = spool.metrics_file(record.id)
            if path.exists() and path.stat().st_size > spool.progress(record.id, uri).offset:
                return True
    return False


def main() -> None:
    """Follow one session to its end."""
    root, session_id = Path(sys.argv[1]), sys.argv[2]
    session = next((s for s in Spool(root).sessions() if s.id == session_id), None)
    if session is None:
        return

    def wait(seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while session.process.alive and root.exists():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
        return True

    follow(root, wait)
    if not root.exists():
        return
    report = send(root)
    if report.problem:
        print(time.strftime("%Y-%m-%d %H:%M:%S"), report, file=sys.stderr)


if __name__ == "__main__":
    main()
