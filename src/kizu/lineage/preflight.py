"""What has to be in order before a repro starts, each with a sentence and a way out."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project

LEAST_FREE = 200 * 2**20
"""Bytes that must be free before anything starts; less would break off in the middle."""


def check_repository(project: Project) -> None:
    """Check that DVC can work here.

    Raises:
        KizuError: git or DVC is not set up.
    """
    if not any((folder / ".git").exists() for folder in (project.root, *project.root.parents)):
        raise KizuError(
            f"{project.root} is not in a git repository; DVC and the records of runs need one.",
            "clone the project with git, or start one: git init && git add . && git commit",
        )
    if not (project.root / ".dvc").is_dir():
        raise KizuError(f"DVC is not set up in {project.root}.", "set it up: dvc init")


def check_room(project: Project, outputs: Iterable[str]) -> None:
    """Check that the stages can write.

    Args:
        project: the project.
        outputs: what they write, relative to the project.

    Raises:
        KizuError: a folder is not writable, or the disk is nearly full.
    """
    targets = {project.root, project.root / ".dvc"}
    targets |= {_existing(project.root / output) for output in outputs}
    for folder in sorted(targets):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise KizuError(
                f"{folder} cannot be written to.",
                f"take ownership (sudo chown -R $USER {folder}), or work in a copy of your own",
            )
    free = shutil.disk_usage(project.root).free
    if free < LEAST_FREE:
        raise KizuError(
            f"the disk that holds {project.root} is nearly full: {free / 2**20:.0f} MiB are free, "
            f"{LEAST_FREE / 2**20:.0f} MiB are needed to start.",
            "free some space; `dvc gc --workspace` removes old versions from DVC's cache",
        )


def _existing(path: Path) -> Path:
    """Return the nearest folder above ``path`` that exists."""
    return next(folder for folder in path.parents if folder.is_dir())
