"""What a signal to ``kizu repro`` means for the stages below it."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psutil


@contextmanager
def passed_on() -> Iterator[None]:
    """Leave the reaction to SIGINT and SIGTERM to the stages, which save what they have.

    A terminal sends SIGINT to the stages as well, so this process only has to survive it. SIGTERM
    comes to this process alone and is sent on to them; DVC, which would die of it and leave them
    behind, ends when they do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, _survive),
        signal.SIGTERM: signal.signal(signal.SIGTERM, _send_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _survive(number: int, frame: FrameType | None) -> None:
    """Do nothing; unlike an ignored signal, a handled one is not inherited by the stages."""


def _send_on(number: int, frame: FrameType | None) -> None:
    below = psutil.Process().children(recursive=True)
    parents = {process.ppid() for process in below}
    for process in below:
        # The stages are those that started nothing; a process in a session of its own is none.
        if process.pid not in parents and os.getsid(process.pid) == os.getsid(0):
            process.send_signal(signal.SIGTERM)
