"""Where a training keeps its checkpoints, and when they go.

DVC deletes a stage's outputs before it runs, so checkpoints lie outside of them, in a folder whose
name is a hash of all that the training depends on: a killed run that is started again finds its
own state, and a changed parameter, input or line of code never finds a stale one.

Policy: the folder stays as long as the stage has not finished. When it has, its finished model is
DVC's, and all of the stage's checkpoints go: its own, so that ``dvc repro --force`` trains again,
and those that interrupted runs with other settings left behind.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from kizu.lineage.configuration import profile_path
from kizu.lineage.hashing import content_hash
from kizu.lineage.imports import SourceTree
from kizu.lineage.project import Project
from kizu.lineage.stages import PARAMETERS, Stage, code_roots

KEY_LENGTH = 16


def stage_checkpoints(project: Project, stage: str, env: str | None) -> Path:
    """Return the folder that holds all checkpoints of one stage under one profile."""
    return project.root / profile_path(f"data/.checkpoints/{stage}", env)


def checkpoint_key(
    project: Project,
    stage: Stage,
    parameters: Mapping[str, Any],
    catalog: Mapping[str, Mapping[str, Any]],
) -> str:
    """Return the hash of the stage's parameters, inputs and code.

    Args:
        project: the project.
        stage: the stage that trains.
        parameters: the value of each ``params:<key>`` that the stage reads.
        catalog: the catalog's entries, with absolute file paths.

    Raises:
        FileNotFoundError: an input of the stage does not exist.
    """
    code = SourceTree(project.source, project.package).closure(code_roots(project, stage, catalog))
    paths = {name: catalog[name]["filepath"] for name in stage.inputs}
    state = {
        "parameters": {key: _plain(parameters[PARAMETERS + key]) for key in stage.parameters},
        "inputs": {n: content_hash(Path(path), project.root) for n, path in paths.items() if path},
        "code": {project.relative(path): content_hash(path) for path in code.files},
    }
    text = json.dumps(state, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:KEY_LENGTH]


def remove_checkpoints(project: Project, stage: str, env: str | None) -> None:
    """Remove all checkpoints of a stage that has finished."""
    shutil.rmtree(stage_checkpoints(project, stage, env), ignore_errors=True)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
