"""Which command of the user does this stage run under, and where are its runs kept."""

import os
import re
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from kizu.lineage.project import BASE
from kizu.tracking.processes import Process, arguments, command_line, giver_of
from kizu.tracking.records import Session
from kizu.tracking.secrets import redact

REPRO = "KIZU_REPRO"
"""The variable in which ``kizu repro`` hands its session's id to the stages."""

_STAGE = "DVC_STAGE"
_EXPERIMENT = "DVC_EXP_NAME"
_BASELINE = "DVC_EXP_BASELINE_REV"
_ROOT = "DVC_ROOT"

RECORDED_VARIABLES = (_STAGE, _EXPERIMENT, _BASELINE, REPRO)

_NAMESPACE = uuid.UUID("b6f5a7f0-3c0e-4b52-9d3a-5d3f5f0a7c11")


def current_session(
    project: Path, profile: str | None, environment: Mapping[str, str] = os.environ
) -> Session:
    """Tell which command this process runs a stage for.

    In this order: ``kizu repro`` (its variable names the session); a DVC process above us, which is
    one repro or one experiment; else this process itself, a ``kedro run`` or ``kizu run`` by hand.

    Args:
        project: the folder that the stages run in.
        profile: the profile that overlays ``conf/base``.
        environment: the variables that apply.
    """
    by_kizu, by_dvc = environment.get(REPRO), environment.get(_STAGE)
    experiment = environment.get(_EXPERIMENT) if by_dvc else None
    owner = None
    if by_kizu:
        owner = giver_of(REPRO, by_kizu)
    elif by_dvc:
        owner = giver_of(_STAGE, by_dvc)
    command = command_line(arguments(owner.pid) if owner else sys.orig_argv)
    owner = owner or Process.current()
    return Session(
        # A DVC queue may run several experiments in one process.
        id=re.sub(r"[^\w-]", "_", by_kizu) if by_kizu else session_id(owner, experiment or ""),
        command=redact(command),
        process=owner,
        project=str(project),
        started=now(),
        profile=None if profile == BASE else profile,
        lock=bool(by_kizu or by_dvc),
        experiment=experiment,
        baseline=environment.get(_BASELINE) if experiment else None,
    )


def session_id(process: Process, experiment: str = "") -> str:
    """Return the id of the session of a process: every stage under it finds the same."""
    return uuid.uuid5(_NAMESPACE, f"{process.started}/{process.pid}/{experiment}").hex


def tracking_root(project: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the project whose ``mlflow/`` folder keeps the runs.

    It is the project itself, except under ``dvc exp run --temp`` and ``dvc queue start``: they run
    in a temporary clone which is deleted afterwards. DVC names the original's root then.
    """
    original = environment.get(_ROOT)
    if not (environment.get(_EXPERIMENT) and original):
        return project
    clone, repository = _repository(project), _repository(Path(original))
    if clone is None or repository is None or clone == repository:
        return project
    return repository / project.relative_to(clone)


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _repository(folder: Path) -> Path | None:
    folder = folder.resolve()
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), None)
