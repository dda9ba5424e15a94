"""Starting the process that sends records while, and after, stages run."""

import os
import subprocess
import sys
import tempfile

from kizu.tracking.records import Session
from kizu.tracking.spool import Spool

VARIABLE = "KIZU_SYNC"
MANUAL = "manual"
"""``KIZU_SYNC=manual``: nothing is sent in the background; ``kizu sync`` sends the records."""


def start_follower(spool: Spool, session: Session) -> None:
    """Start `kizu.tracking.follow` for a session, detached from this process.

    It outlives us and ends soon after the session's process. It inherits nothing that could keep
    DVC or a terminal waiting: no pipe, no terminal, no process group, no working folder.
    """
    if os.environ.get(VARIABLE) == MANUAL:
        return
    command = [sys.executable, "-m", "kizu.tracking.follow", str(spool.root), session.id]
    with (spool.folder / "sync.log").open("ab") as log:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=tempfile.gettempdir(),
            start_new_session=True,
        )
