"""The ``dvc.yaml`` of an experiment: DVC runs every cell of its matrix, then writes the table.

A stage depends on what it depends on in the project's own ``dvc.yaml`` (its code through
`kizu.lineage.experiment_code`), and on those sections of ``experiment.yml`` that override its
parameters in a cell: a new choice runs alone.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kizu.lineage.catalog import read_catalog
from kizu.lineage.configuration import CellConfigLoader, config_loader
from kizu.lineage.dvc_yaml import DvcYaml, depends_and_writes
from kizu.lineage.experiment_code import code_path
from kizu.lineage.experiment_table import TABLE_KEYS, table_inputs
from kizu.lineage.experiments import DESCRIPTION, Experiment
from kizu.lineage.imports import Closure
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.stages import Stage
from kizu.lineage.step_timing import timing_path
from kizu.lineage.survey import Survey

WRITE_COMMAND = "kizu dvc write"


def experiment_yaml(experiment: Experiment, profile: Survey) -> DvcYaml:
    """Generate the ``dvc.yaml`` of an experiment, after a check of every cell.

    Args:
        experiment: the experiment.
        profile: the project under the experiment's profile.

    Raises:
        KizuError: a cell has a wrong parameter, or a column names no data of the experiment.
    """
    _check_cells(experiment)
    project = experiment.project
    catalog = read_catalog(CellConfigLoader(experiment, experiment.any_cell))
    hashes = {s.name: code_path(experiment, s.name) for s in experiment.stages}
    code = {name: Closure((path,), ()) for name, path in hashes.items()}
    own = replace(profile, stages=experiment.stages, catalog=catalog, code=code)
    to_root = os.path.relpath(project.root, experiment.folder)
    stages: dict[str, Any] = {
        "code": {
            "cmd": f"kizu experiment code {experiment.name}",
            "wdir": to_root,
            "deps": [project.relative(project.package_folder)],
            "outs": sorted(map(project.relative, hashes.values())),
        }
    }
    stages |= {s.name: _stage(experiment, own, s, to_root) for s in experiment.stages}
    stages["table"] = {
        "cmd": f"kizu experiment table {experiment.name}",
        "wdir": to_root,
        "deps": sorted(table_inputs(experiment, catalog)),
        "params": [{f"experiments/{experiment.name}/{DESCRIPTION}": TABLE_KEYS}],
    }
    return DvcYaml.of(experiment.folder, {"stages": stages}, WRITE_COMMAND)


def _stage(experiment: Experiment, own: Survey, stage: Stage, to_root: str) -> dict[str, Any]:
    axes = experiment.axes[stage.name]
    address = experiment.address(stage.name, experiment.any_cell)
    definition = depends_and_writes(own, stage)
    if overrides := list(_overrides(experiment, stage)):
        path = f"experiments/{experiment.name}/{DESCRIPTION}"
        definition["params"] = [*definition.get("params", []), {path: overrides}]
    if stage.trains:
        timing = {timing_path(address, stage.name): {"cache": False}}
        definition["outs"] = [*definition["outs"], timing]
    matrix = {axis: [*experiment.description.axes[axis]] for axis in axes}
    return {
        **({"matrix": matrix} if axes else {}),
        "cmd": f"kizu run {stage.name} --env {address}",
        "wdir": to_root,
        **definition,
    }


def _overrides(experiment: Experiment, stage: Stage) -> Iterator[str]:
    """Yield the keys of the description that override what a stage reads."""
    description = experiment.description
    for group in sorted(stage.groups):
        if group in description.parameters:
            yield f"parameters.{group}"
        for axis in description.axes:
            if group in description.of(axis):
                yield f"axes.{axis}.{experiment.any_cell[axis]}.{group}"


def _check_cells(experiment: Experiment) -> None:
    base = dict(config_loader(experiment.project, experiment.description.profile)["parameters"])
    for stage in experiment.stages:
        for choices in experiment.cells(stage.name):
            parameters = experiment.parameters(base, choices)
            env = experiment.address(stage.name, choices)
            validated_parameters(experiment.project, [stage], parameters, env)
