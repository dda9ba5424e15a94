"""The ``dvc.yaml`` of an experiment: DVC runs every cell of its matrix, then writes the table.

A stage depends on what it depends on in the project's own ``dvc.yaml``, and on those sections of
``experiment.yml`` that override its parameters in a cell: a new choice runs alone.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kizu.lineage.catalog import read_catalog
from kizu.lineage.configuration import SOURCE, CellConfigLoader, config_loader
from kizu.lineage.dvc_yaml import DvcYaml, depends_and_writes
from kizu.lineage.errors import KizuError
from kizu.lineage.experiment_table import TABLE_KEYS, table_inputs
from kizu.lineage.experiments import DESCRIPTION, Experiment
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
        KizuError: a cell has a wrong parameter, or a stage reads data that none makes.
    """
    _check_inputs(experiment, profile)
    _check_cells(experiment)
    catalog = read_catalog(CellConfigLoader(experiment, experiment.any_cell))
    own = replace(profile, stages=experiment.stages, catalog=catalog)
    to_root = os.path.relpath(experiment.project.root, experiment.folder)
    stages = {s.name: _stage(experiment, own, s, to_root) for s in experiment.stages}
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
    groups = sorted({key.split(".")[0] for key in stage.parameters})
    description = experiment.description
    for group in groups:
        if group in description.parameters:
            yield f"parameters.{group}"
        for axis in description.axes:
            if group in description.of(axis):
                yield f"axes.{axis}.{experiment.any_cell[axis]}.{group}"


def _check_inputs(experiment: Experiment, profile: Survey) -> None:
    made = {name for stage in experiment.stages for name in stage.outputs}
    for stage in experiment.stages:
        for name in stage.inputs:
            if name not in made and profile.catalog[name].kind != SOURCE:
                maker = next(s.name for s in profile.stages if name in s.outputs)
                raise KizuError(
                    f"experiments/{experiment.name}: {stage.name} reads {name}, which no stage of "
                    "the experiment makes.",
                    f"add {maker} to its stages",
                )


def _check_cells(experiment: Experiment) -> None:
    base = dict(config_loader(experiment.project, experiment.description.profile)["parameters"])
    for stage in experiment.stages:
        for choices in experiment.cells(stage.name):
            parameters = experiment.parameters(base, choices)
            env = experiment.address(stage.name, choices)
            validated_parameters(experiment.project, [stage], parameters, env)
