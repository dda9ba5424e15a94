"""Processes: which one is it, is it still there, who started it, and with which environment."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")
_ON_LINUX = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Process:
    """One process, told apart from a later one that got the same number.

    Attributes:
        pid: its number.
        started: when it started, in a form that never changes while it lives. (Wall-clock start
            times do change: the system derives them from an adjustable clock.)
    """

    pid: int
    started: str

    @classmethod
    def at(cls, pid: int) -> "Process | None":
        """Return the process with this number, or None when there is none."""
        started = _start_mark(pid)
        return None if started is None else cls(pid, started)

    @classmethod
    def current(cls) -> "Process":
        """Return this process."""
        process = cls.at(os.getpid())
        return process or cls(os.getpid(), "")

    @property
    def alive(self) -> bool:
        """Whether it still runs. One that ended but was not yet collected does not."""
        return _start_mark(self.pid) == self.started


def ancestors(pid: int) -> Iterator[int]:
    """Yield the parent of ``pid``, its parent, and so on."""
    while (pid := _parent(pid)) > 0:
        yield pid


def giver_of(variable: str, value: str) -> Process | None:
    """Return the nearest ancestor of this process that was not itself started with a variable.

    A program that exports a variable to its children only, as DVC does with ``DVC_STAGE``, is found
    by this whatever it is called and however many shells lie between. None when an environment
    on the way cannot be read.
    """
    for pid in ancestors(os.getpid()):
        environment = _environment(pid)
        if environment is None:
            return None
        if environment.get(variable) != value:
            return Process.at(pid)
    return None


def arguments(pid: int) -> list[str]:
    """Return the command line of a process; empty when it cannot be read."""
    try:
        if _ON_LINUX:
            raw = (_PROC / str(pid) / "cmdline").read_bytes()
            return [part.decode(errors="replace") for part in raw.split(b"\0")[:-1]]
        import psutil

        return list(psutil.Process(pid).cmdline())
    except Exception:  # psutil's errors, without importing psutil to name them
        return []


def command_line(argv: list[str]) -> str:
    """Return a command line as its user typed it: no interpreter, no folders.

    >>> command_line(["/venv/bin/python", "/venv/bin/dvc", "repro", "gan"])
    'dvc repro gan'
    """
    words = list(argv)
    if len(words) > 1 and Path(words[0]).name.startswith("python"):
        words = words[1:]
        while len(words) > 1 and words[0].startswith("-"):
            words = words[1:]
    if not words:
        return ""
    program = Path(words[0])
    name = program.parent.name if program.name == "__main__.py" else program.stem
    return " ".join([name, *words[1:]])


def _start_mark(pid: int) -> str | None:
    if _ON_LINUX:
        fields = _stat(pid)
        # Field 3 of proc(5) is the state (Z: ended, not collected), field 22 the start time in
        # clock ticks since boot.
        if fields is None or fields[0] in ("Z", "X"):
            return None
        return f"{_boot_id()}/{fields[19]}"
    import psutil

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def _parent(pid: int) -> int:
    if _ON_LINUX:
        fields = _stat(pid)
        return 0 if fields is None else int(fields[1])
    import psutil

    try:
        return psutil.Process(pid).ppid()
    except psutil.Error:
        return 0


def _environment(pid: int) -> Mapping[str, str] | None:
    try:
        if _ON_LINUX:
            raw = (_PROC / str(pid) / "environ").read_bytes().decode(errors="replace")
            return dict(entry.partition("=")[::2] for entry in raw.split("\0") if entry)
        import psutil

        return dict(psutil.Process(pid).environ())
    except Exception:  # gone, or another user's
        return None


def _stat(pid: int) -> list[str] | None:
    """Read the fields of ``/proc/<pid>/stat`` from the third on (the second may hold blanks)."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


@lru_cache(maxsize=1)
def _boot_id() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
