"""Running DVC as a subprocess, and knowing afterwards what it did."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

RUNNING = re.compile(r"Running stage '(.+)':")
RESTORED = re.compile(r"Stage '(.+)' is cached - skipping run, checking out outputs")
FAILED = re.compile(r"failed to reproduce '(.+)'")

Cause = tuple[str, str]


@dataclass(frozen=True)
class DvcRun:
    """What one DVC command did.

    Attributes:
        code: its exit code.
        messages: its log.
        causes: for a failure, the type and the text of each exception, the outermost first.
    """

    code: int
    messages: tuple[str, ...]
    causes: tuple[Cause, ...]

    @property
    def ran(self) -> frozenset[str]:
        """The stages whose command ran, the failed one among them."""
        return self._stages(RUNNING)

    @property
    def restored(self) -> frozenset[str]:
        """The stages whose outputs came out of DVC's cache."""
        return self._stages(RESTORED)

    @property
    def failed_stage(self) -> str | None:
        """The stage that failed, if one did."""
        for _, text in self.causes:
            if match := FAILED.search(text):
                return _name(match[1])
        return None

    def _stages(self, pattern: re.Pattern[str]) -> frozenset[str]:
        matches = (pattern.match(message) for message in self.messages)
        return frozenset(_name(match[1]) for match in matches if match)


def run_dvc(
    root: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    prefix: str | None = None,
) -> DvcRun:
    """Run DVC, the one of this Python environment, in the project's root.

    Args:
        root: the project's root.
        arguments: what follows ``dvc`` on the command line.
        environment: variables for DVC and the stages, besides this process's own.
        prefix: put in front of every line of output, where several commands write at once. Without
            it, DVC and the stages write to this process's terminal themselves, progress bars and
            all.
    """
    with tempfile.TemporaryDirectory(prefix="kizu-") as folder:
        log = Path(folder, "dvc.jsonl")
        command = [sys.executable, "-m", "kizu.lineage.dvc_mirror", str(log), *arguments]
        with subprocess.Popen(
            command,
            cwd=root,
            env=stage_environment(environment or {}),
            stdout=None if prefix is None else subprocess.PIPE,
            stderr=None if prefix is None else subprocess.STDOUT,
        ) as process:
            if prefix is not None and process.stdout is not None:
                _copy_lines(process.stdout, prefix)
            code = process.wait()
        return _read(code, log)


def stage_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's variables and more, by which stages find ``kizu`` where this one is."""
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ.get("PATH", "")])
    return {**os.environ, **extra, "PATH": path}


def _copy_lines(stream: IO[bytes], prefix: str) -> None:
    """Copy output line by line; of a progress bar's updates, the last one of a line."""
    for line in stream:
        text = line.decode(errors="replace").rstrip("\r\n").rpartition("\r")[2]
        if text:
            sys.stdout.write(f"{prefix}{text}\n")
            sys.stdout.flush()


def _read(code: int, log: Path) -> DvcRun:
    text = log.read_text(encoding="utf-8") if log.is_file() else ""
    entries = [json.loads(line) for line in text.splitlines()]
    errors = [entry for entry in entries if entry["level"] == "ERROR"]
    causes: list[Cause] = []
    if code and errors:
        last = errors[-1]
        causes = [(kind, message) for kind, message in last["causes"]]
        causes = causes or [("", last["message"])]
    return DvcRun(code, tuple(entry["message"] for entry in entries), tuple(causes))


def _name(address: str) -> str:
    """Return a stage's name: DVC writes ``conf/mnist/dvc.yaml:gan`` for a profile's."""
    return address.rpartition(":")[2]
