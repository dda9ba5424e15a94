"""A small Kedro project, fresh for each test: the stages prepare -> train -> write."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from kizu.lineage.project import Project

TEMPLATE = Path(__file__).parent / "toy_project"


@dataclass(frozen=True)
class Toy:
    """The toy project in a folder of its own."""

    root: Path

    @property
    def project(self) -> Project:
        return Project.at(self.root)

    def path(self, name: str) -> Path:
        return self.root / name

    def write(self, name: str, text: str) -> None:
        """Write a file, its indentation removed."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands in a file exactly once."""
        text = self.path(name).read_text()
        assert text.count(old) == 1, (name, old, text)
        self.path(name).write_text(text.replace(old, new))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of this Python environment in the project's folder."""
        program = Path(sys.executable).with_name(arguments[0])
        command = [str(program) if program.is_file() else arguments[0], *arguments[1:]]
        return subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, timeout=120, check=False
        )

    def set_up_repository(self) -> None:
        """Make the folder what a clone is: a git repository with DVC in it."""
        for command in ("git init -q", "dvc init -q", "dvc config core.analytics false"):
            assert self.command(*command.split()).returncode == 0


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the surroundings of a test run out of it, and processes that outlive a test."""
    for name in ("KEDRO_ENV", "DVC_STAGE", "DVC_ROOT", "DVC_EXP_NAME", "KIZU_REPRO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KIZU_SYNC", "manual")


@pytest.fixture(scope="session")
def make_toy() -> Callable[[Path], Toy]:
    """Write the toy project into a folder."""

    def make(root: Path) -> Toy:
        shutil.copytree(TEMPLATE, root, ignore=shutil.ignore_patterns("__pycache__"))
        return Toy(root)

    return make


@pytest.fixture
def toy(tmp_path: Path, make_toy: Callable[[Path], Toy]) -> Iterator[Toy]:
    """The toy project, importable inside the test only."""
    before = list(sys.path)
    yield make_toy(tmp_path / "toy")
    sys.path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy"]:
        del sys.modules[name]
