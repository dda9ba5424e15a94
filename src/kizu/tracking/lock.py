"""What ``dvc.lock`` says about the stages: the state that a repro leaves behind."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from typing import Any

import yaml

from kizu.lineage.project import BASE
from kizu.tracking.records import flatten
from kizu.tracking.secrets import mask


@dataclass(frozen=True)
class LockedStage:
    """One stage of ``dvc.lock``.

    Attributes:
        name: the stage's name.
        inputs: content hash by path; code files are among them.
        outputs: content hash by path.
        parameters: flat with dotted names, secrets hidden.
    """

    name: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    parameters: Mapping[str, Any]


def parse_lock(text: str) -> dict[str, LockedStage]:
    """Return the stages of a lock file's text by name, makers before users.

    Raises:
        ValueError: it is not a lock file that DVC 3 wrote.
    """
    try:
        stages = (yaml.load(text, Loader=_LOADER) or {}).get("stages") or {}
        found = {name: _stage(name, entry) for name, entry in stages.items()}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"not a lock file of DVC 3 ({reason})") from error
    makers = _makers(found)
    graph = {
        name: {makers[path] for path in found[name].inputs if path in makers}
        for name in sorted(found)
    }
    return {name: found[name] for name in TopologicalSorter(graph).static_order()}


def lock_digest(stages: Mapping[str, LockedStage]) -> str:
    """Return one hash for the whole state, whatever the order of the file."""
    state = {name: asdict(stages[name]) for name in sorted(stages)}
    text = json.dumps(state, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def outputs_digest(stage: str, outputs: Mapping[str, str]) -> str:
    """Return one hash for what a stage made; a run and a lock entry that agree have the same."""
    text = json.dumps([stage, dict(outputs)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def after(stages: Mapping[str, LockedStage], changed: set[str]) -> set[str]:
    """Return the stages that read, directly or not, what the ``changed`` ones make."""
    makers = _makers(stages)
    reached: set[str] = set()
    for name, stage in stages.items():  # makers come first
        sources = {makers[path] for path in stage.inputs if path in makers}
        if sources & (changed | reached):
            reached.add(name)
    return reached


def _makers(stages: Mapping[str, LockedStage]) -> dict[str, str]:
    return {path: name for name, stage in stages.items() for path in stage.outputs}


def _stage(name: str, entry: Mapping[str, Any]) -> LockedStage:
    parameters: dict[str, Any] = {}
    # conf/base holds the defaults, which a profile's files overlay.
    files = sorted((entry.get("params") or {}).items(), key=lambda file: BASE not in file[0])
    for _, values in files:
        parameters.update(flatten(values))
    return LockedStage(
        name=name,
        inputs={dep["path"]: dep["md5"] for dep in entry.get("deps") or [] if "md5" in dep},
        outputs={out["path"]: out["md5"] for out in entry.get("outs") or [] if "md5" in out},
        parameters=mask(parameters),
    )


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
