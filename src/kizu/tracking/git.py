"""The state of the code a stage ran with."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """A commit and whether the working tree differed from it.

    Attributes:
        commit: the full hash; None outside a git repository or before its first commit.
        dirty: whether a file that git knows, or could know, had uncommitted changes.
        problem: why there is no commit; None where there is one.
    """

    commit: str | None
    dirty: bool
    problem: str | None = None


def source_of(project: Path) -> Source:
    """Ask git for the commit and the dirty flag of the project.

    ``dvc.lock`` does not count as a change: DVC rewrites it while the pipeline runs, and it states
    what was made rather than what it was made from.
    """
    changes = ["--", ".", ":(exclude,glob)**/dvc.lock"]
    command = ["git", "status", "--porcelain=v2", "--branch", *changes]
    # Without the variable, `git status` takes the index lock and can make a user's commit fail.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        result = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Source(None, False, f"git could not be asked ({error})")
    if result.returncode != 0:
        reason = next(iter(result.stderr.splitlines()), "no reason given")
        return Source(None, False, f"the project is not in a git repository ({reason})")
    headers = dict(
        line.removeprefix("# ").partition(" ")[::2]
        for line in result.stdout.splitlines()
        if line.startswith("#")
    )
    dirty = any(not line.startswith("#") for line in result.stdout.splitlines())
    commit = headers.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return Source(None, dirty, "the git repository has no commit yet")
    return Source(commit, dirty)
