"""What would let a result change without DVC seeing it, or two results overwrite each other."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import PurePosixPath

from kizu.lineage.catalog import CatalogEntry
from kizu.lineage.conf_files import conf_files, files_in, is_defined
from kizu.lineage.configuration import SOURCE
from kizu.lineage.imports import Closure
from kizu.lineage.parameter_problems import dotted
from kizu.lineage.project import LOCAL, Project
from kizu.lineage.stages import Stage, upstream

INTERPOLATION = "${"
TRACKED_KINDS = ("parameters", "catalog", "globals")
KINDS = ("output", "metrics", "plots", "figure", "model", "report", SOURCE)


def find_problems(
    project: Project,
    stages: Sequence[Stage],
    catalog: Mapping[str, CatalogEntry],
    closures: Mapping[str, Closure],
    env: str | None,
) -> list[str]:
    """Return every problem as a sentence; none means that DVC sees all there is to see."""
    return [
        *_local_files(project),
        *_interpolations(project, env),
        *_undefined(project, stages, catalog, env),
        *_entries(stages, catalog),
        *_connections(stages, catalog),
        *_cycles(stages),
        *_shared_paths(stages, catalog),
        *_nodes(stages),
        *_unfollowed(closures),
    ]


def _local_files(project: Project) -> Iterator[str]:
    for kind in TRACKED_KINDS:
        for file in files_in(project, kind, LOCAL):
            yield (
                f"{file.name}: conf/local holds credentials only; DVC and git do not see it. "
                f"Move it to conf/base or to a profile."
            )


def _interpolations(project: Project, env: str | None) -> Iterator[str]:
    for file in conf_files(project, "parameters", env):
        for key, text, line in file.scalars():
            if INTERPOLATION in text:
                yield (
                    f"{file.name}:{line}: {dotted(key)} = {text}: DVC reads the text, not the "
                    "value it stands for. Write the value."
                )
    for file in conf_files(project, "catalog", env):
        for key, text, line in file.scalars():
            argument = len(key) > 1 and key[1] not in ("type", "filepath", "metadata")
            if argument and INTERPOLATION in text:
                yield (
                    f"{file.name}:{line}: {dotted(key)} = {text}: DVC reads the text of a "
                    "dataset's argument, not the value it stands for. Write the value."
                )


def _undefined(
    project: Project,
    stages: Sequence[Stage],
    catalog: Mapping[str, CatalogEntry],
    env: str | None,
) -> Iterator[str]:
    """Find keys that Kedro knows and no file defines, so that DVC has nothing to look at."""
    parameters = conf_files(project, "parameters", env)
    for name in sorted({name for stage in stages for name in stage.parameters}):
        if not is_defined(parameters, tuple(name.split("."))):
            yield f"params:{name}: no parameters file defines it under this name."
    files = conf_files(project, "catalog", env)
    for entry in sorted(catalog.values(), key=lambda entry: entry.name):
        for argument in entry.arguments:
            if not is_defined(files, (entry.name, argument)):
                yield f"{entry.name}.{argument}: no catalog file defines it under this name."


def _entries(stages: Sequence[Stage], catalog: Mapping[str, CatalogEntry]) -> Iterator[str]:
    used = {name for stage in stages for name in stage.pipeline.datasets()}
    for name in sorted(used & catalog.keys()):
        entry = catalog[name]
        if entry.config.get("versioned"):
            yield f"{name}: versioned: true puts a timestamp into the path. DVC keeps the versions."
        if entry.kind == SOURCE:
            continue
        if entry.path is None:
            yield f"{name}: no filepath, so DVC cannot keep it. Leave it out of the catalog."
        elif PurePosixPath(entry.path).parts[0] != "data":
            yield f"{name}: filepath {entry.path} does not lie in data/ of the project."
        if entry.kind not in KINDS:
            yield f"{name}: metadata.kizu.kind = {entry.kind}: allowed: {', '.join(KINDS)}."
        if entry.kind == "plots" and len({"x", "y"} & entry.metadata.keys()) == 1:
            yield f"{name}: metadata.kizu of a plot names both columns, x and y, or neither."


def _connections(stages: Sequence[Stage], catalog: Mapping[str, CatalogEntry]) -> Iterator[str]:
    makers: dict[str, list[str]] = {}
    for stage in stages:
        for name in stage.outputs:
            makers.setdefault(name, []).append(stage.name)
    for name, names in sorted(makers.items()):
        if len(names) > 1:
            yield f"{name}: made by more than one stage: {', '.join(names)}."
    for stage in stages:
        for name in stage.inputs:
            entry = catalog.get(name)
            if entry is None and name in makers:
                yield (
                    f"{name}: made by the stage {makers[name][0]} and read by the stage "
                    f"{stage.name}, but the catalog does not keep it between them."
                )
            elif entry is None:
                yield f"{name}: read by the stage {stage.name}, made by none, not in the catalog."
            elif name not in makers and entry.kind != SOURCE:
                yield (
                    f"{name}: read by the stage {stage.name}, made by none. If the file is the "
                    f"user's own, give it metadata.kizu.kind: {SOURCE}."
                )
        for name in sorted(stage.pipeline.outputs() - catalog.keys()):
            if not any(name in other.inputs for other in stages):
                yield f"{name}: made by the stage {stage.name}, read by no node, kept nowhere."


def _cycles(stages: Sequence[Stage]) -> Iterator[str]:
    try:
        TopologicalSorter(upstream(stages)).prepare()
    except CycleError as error:
        yield f"stages wait for each other: {' <- '.join(error.args[1])}."


def _shared_paths(stages: Sequence[Stage], catalog: Mapping[str, CatalogEntry]) -> Iterator[str]:
    made = sorted(
        (PurePosixPath(str(catalog[name].path)), name, stage.name)
        for stage in stages
        for name in stage.outputs
        if name in catalog
    )
    for (path, name, stage), (other_path, other_name, other_stage) in combinations(made, 2):
        if name != other_name and (path == other_path or path in other_path.parents):
            yield (
                f"{name} (stage {stage}) and {other_name} (stage {other_stage}) share the path "
                f"{path}."
            )


def _nodes(stages: Sequence[Stage]) -> Iterator[str]:
    for stage in stages:
        for node in stage.pipeline.nodes:
            if stage.name not in node.tags:
                yield f'node {node.name}: no tag of its stage; give it tags=["{stage.name}"].'
            if "parameters" in node.inputs:
                yield (
                    f"node {node.name}: reads all parameters, so any change re-runs it; "
                    "read params:<key>."
                )


def _unfollowed(closures: Mapping[str, Closure]) -> Iterator[str]:
    for line in sorted({line for closure in closures.values() for line in closure.unfollowed}):
        yield f"{line}: an import by a computed name cannot be followed. Import it by its name."
