"""The configuration files themselves: which file and line defines a key.

Kedro merges the files of ``conf/`` and forgets where a value came from; DVC tracks keys by file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from kizu.lineage.errors import KizuError
from kizu.lineage.experiments import DESCRIPTION, Choices, Experiment, find_cell, is_cell
from kizu.lineage.project import BASE, Project

SUFFIXES = (".yml", ".yaml", ".json")
MERGE = "tag:yaml.org,2002:merge"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class ConfFile:
    """One file of ``conf/``.

    Attributes:
        name: its path relative to the project, e.g. ``conf/base/parameters_gan.yml``.
        path: its absolute path.
        within: the key that the configuration stands under; empty where it is the whole file.
    """

    name: str
    path: Path
    within: Key = ()

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            with self.path.open(encoding="utf-8") as file:
                return yaml.compose(file, LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = f":{mark.line + 1}" if mark else ""
            raise KizuError(
                f"{self.name}{line} is not valid YAML: {error.problem}.", "correct the file"
            ) from error

    def locate(self, key: Key) -> tuple[int, int]:
        """Return how many parts of ``key`` this file defines, and the line of the last one."""
        node, line = self._root, 1
        for depth, part in enumerate((*self.within, *key), -len(self.within)):
            step = _child(node, part)
            if step is None:
                return max(depth, 0), line
            mark, node = step
            line = mark.start_mark.line + 1
        return len(key), line

    def scalars(self) -> Iterator[tuple[Key, str, int]]:
        """Yield every scalar: its key, its text as written, and its line."""
        yield from _scalars(self._root, ())

    @property
    def top_level_keys(self) -> tuple[str, ...]:
        """The keys at the top of the file, in its order."""
        if not isinstance(self._root, yaml.MappingNode):
            return ()
        return tuple(key.value for key, _ in self._root.value)


def conf_files(project: Project, kind: str, env: str | None) -> list[ConfFile]:
    """List the files that Kedro reads for one kind of configuration; later files override.

    Args:
        project: the project.
        kind: ``parameters``, ``catalog``, …: what the file's name, or a folder's, begins with.
        env: the profile that overlays ``conf/base``, or a cell of an experiment.
    """
    if is_cell(env):
        experiment, choices = find_cell(project, env)
        files = conf_files(project, kind, experiment.description.profile)
        return files + (_sections(experiment, choices) if kind == "parameters" else [])
    folders = [BASE] if env in (None, BASE) else [BASE, env]
    return [file for folder in folders for file in files_in(project, kind, folder)]


def _sections(experiment: Experiment, choices: Choices) -> list[ConfFile]:
    """List the parts of an experiment's description that override parameters in a cell."""
    path = experiment.folder / DESCRIPTION
    keys: list[Key] = [("parameters",), *(("axes", *choice) for choice in choices.items())]
    return [ConfFile(experiment.project.relative(path), path, key) for key in keys]


def files_in(project: Project, kind: str, folder: str) -> list[ConfFile]:
    """List the files of one kind in one folder of ``conf/``, sorted by name."""
    top = project.conf / folder
    return [
        ConfFile(project.relative(path), path)
        for path in sorted(top.rglob("*"))
        if path.suffix in SUFFIXES
        and any(part.startswith(kind) for part in path.relative_to(top).parts)
    ]


def defining_file(files: Sequence[ConfFile], key: Key) -> tuple[ConfFile, int] | None:
    """Return the file and line that decide the value of ``key``.

    That is the last file that defines the key or, for a key that no file defines, the last of
    those that define the most of it. None when none defines even its first part.
    """
    best: tuple[int, ConfFile, int] | None = None
    for file in files:
        depth, line = file.locate(key)
        if depth and (best is None or depth >= best[0]):
            best = depth, file, line
    return best and best[1:]


def is_defined(files: Sequence[ConfFile], key: Key) -> bool:
    """Tell whether one of the files defines ``key``."""
    return any(file.locate(key)[0] == len(key) for file in files)


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the node that marks the line of a child, and the child."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key, value
        merged = (value for key, value in node.value if key.tag == MERGE)
        for value in merged:  # `<<: *defaults`, or a list of such
            mappings = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for mapping in mappings:
                if found := _child(mapping, part):
                    return found
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _scalars(node: Any, key: Key) -> Iterator[tuple[Key, str, int]]:
    if isinstance(node, yaml.ScalarNode):
        yield key, node.value, node.start_mark.line + 1
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _scalars(value, (*key, name.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _scalars(value, (*key, index))
