"""Experiments: one stage run with many settings, on data prepared once, into one table.

A folder of ``experiments/`` describes one in its ``experiment.yml``. Each *axis* holds *choices*,
and a choice overrides parameters of stages; a *cell* is one choice of every axis. A stage runs once
for every combination of the axes that change it or a stage before it, and once in all if none does.

Where a profile's name can stand, so can the address of a cell: ``experiments/<name>`` followed, for
a stage that runs more than once, by ``/<choice>-<choice>-…``. Its data lies in ``data/<address>``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Self, TypeGuard

import yaml
from kedro.pipeline import Pipeline
from pydantic import Field, ValidationError, field_validator, model_validator

from kizu.lineage.errors import KizuError
from kizu.lineage.overlays import Discriminator, overlay
from kizu.lineage.parameter_types import discriminators
from kizu.lineage.project import Project
from kizu.lineage.stages import Stage, in_order, load_stage, load_stages, upstream
from kizu.parameters import Parameters

FOLDER = "experiments"
DESCRIPTION = "experiment.yml"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Overrides = dict[str, dict[str, Any]]
"""Parameters laid over a profile's, by stage."""

Choices = Mapping[str, str]
"""The choice of each axis."""


class Published(Parameters):
    """What a paper reports for a cell, or for all cells with some choices."""

    choices: list[str] = Field(description="The choices that tell which cells.")
    values: dict[str, float | str] = Field(description="By column of the table.")


class Description(Parameters):
    """The content of an ``experiment.yml``."""

    title: str = Field(description="Heading of the table.")
    source: str = Field(description="What is repeated: paper and table.")
    profile: str | None = Field(description="The profile that gives data and other parameters.")
    stages: list[str] = Field(min_length=1, description="The stages of the experiment.")
    parameters: Overrides = Field(description="What every cell overrides.")
    axes: dict[str, dict[str, Overrides]] = Field(description="Choices by axis.")
    columns: dict[str, str] = Field(
        description="Columns of the table: `<dataset>.<key>`, or `<stage>_timing.seconds_per_step`."
    )
    published: list[Published] = Field(description="What the paper has in the table.")
    shrunk: Overrides = Field(
        description="What tests lay over a cell, so that it runs in a second on a CPU."
    )

    @field_validator("axes")
    @classmethod
    def _check_axes(cls, axes: dict[str, dict[str, Overrides]]) -> dict[str, dict[str, Overrides]]:
        names = [name for choices in axes.values() for name in choices]
        for name in (*axes, *names):
            if not name.isidentifier():
                raise ValueError(f"{name!r} is no name; use letters, digits and _")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"a choice belongs to one axis; used twice: {', '.join(twice)}")
        for axis, choices in axes.items():
            changed = {tuple(sorted(overrides)) for overrides in choices.values()}
            if len(changed) != 1 or () in changed:
                raise ValueError(
                    f"all choices of {axis} must name the same stages, with {{}} for no change"
                )
        return axes

    @model_validator(mode="after")
    def _name_what_exists(self) -> Self:
        stages = {*self.parameters, *self.shrunk, *(s for axis in self.axes for s in self.of(axis))}
        if strange := sorted(stages - {*self.stages}):
            raise ValueError(f"not among stages: {', '.join(strange)}")
        choices = {name for axis in self.axes.values() for name in axis}
        for row in self.published:
            if strange := sorted({*row.choices} - choices):
                raise ValueError(f"published names no choice of an axis: {', '.join(strange)}")
            if strange := sorted(row.values.keys() - self.columns.keys()):
                raise ValueError(f"published names no column: {', '.join(strange)}")
        return self

    def of(self, axis: str) -> tuple[str, ...]:
        """Return the stages that an axis changes, sorted."""
        return tuple(sorted(next(iter(self.axes[axis].values()))))


@dataclass(frozen=True)
class Experiment:
    """A folder of ``experiments/``.

    Attributes:
        project: the project.
        name: the folder's name.
        description: the content of its ``experiment.yml``.
    """

    project: Project
    name: str
    description: Description

    @property
    def folder(self) -> Path:
        """The folder of the experiment."""
        return self.project.root / FOLDER / self.name

    @cached_property
    def discriminator(self) -> Discriminator:
        """Tells where the parameters choose a model; see `kizu.lineage.overlays`."""
        return discriminators(self.project)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages, each after those that make its inputs.

        Nodes that read what only another stage of the project makes are left out, with all that
        hangs on them: an experiment without diffusion does not measure diffusion models.

        Raises:
            KizuError: there is no stage of a name.
        """
        for name in {*self.description.stages} - {*self.project.stage_names}:
            load_stage(self.project, name)
        own, others = [], set[str]()
        for stage in load_stages(self.project):
            if stage.name in self.description.stages:
                own.append(stage)
            else:
                others |= {*stage.outputs}
        return tuple(_without(stage, others) for stage in in_order(own))

    def stage(self, name: str) -> Stage:
        """Return one of the stages by its name."""
        return next(stage for stage in self.stages if stage.name == name)

    @cached_property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """By stage, the axes that it runs along: those that change it or a stage before it."""
        description = self.description
        own = {
            stage.name: {a for a in description.axes if stage.groups & {*description.of(a)}}
            for stage in self.stages
        }
        before = upstream(self.stages)
        for stage in self.stages:
            own[stage.name] |= {axis for name in before[stage.name] for axis in own[name]}
        return {
            name: tuple(axis for axis in self.description.axes if axis in axes)
            for name, axes in own.items()
        }

    def cells(self, stage: str | None = None) -> Iterator[dict[str, str]]:
        """Yield the combinations of choices that a stage runs with; without one, all cells."""
        axes = self.description.axes if stage is None else self.axes[stage]
        for names in product(*(self.description.axes[axis] for axis in axes)):
            yield dict(zip(axes, names, strict=True))

    @property
    def any_cell(self) -> dict[str, str]:
        """What stands for a choice of each axis in ``dvc.yaml``; DVC fills it in cell by cell."""
        return {axis: f"${{item.{axis}}}" for axis in self.description.axes}

    def fill(self, text: str, choices: Choices) -> str:
        """Put the choices of a cell where `any_cell` stands for them."""
        for axis, stand_in in self.any_cell.items():
            text = text.replace(stand_in, choices[axis])
        return text

    def address(self, stage: str, choices: Choices) -> str:
        """Return where in ``data/`` a stage writes; it ignores what it does not depend on."""
        chosen = "-".join(choices[axis] for axis in self.axes[stage])
        return "/".join(filter(None, (FOLDER, self.name, chosen)))

    def places(self, choices: Choices) -> dict[str, str]:
        """Return the address of each dataset that the stages make, as far as the choices tell."""
        return {
            dataset: self.address(stage.name, choices)
            for stage in self.stages
            if choices.keys() >= {*self.axes[stage.name]}
            for dataset in stage.outputs
        }

    def parameters(self, base: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
        """Lay the overrides of a cell over the parameters of the profile."""
        layers = [self.description.parameters]
        layers += [self.description.axes[axis][name] for axis, name in choices.items()]
        parameters = dict(base)
        for layer in layers:
            parameters = overlay(parameters, layer, self.discriminator)
        return parameters


def _without(stage: Stage, missing: set[str]) -> Stage:
    """Return a stage without the nodes that read missing data; add to it what they would make."""
    kept = []
    for node in stage.pipeline.nodes:
        if missing.isdisjoint(node.inputs):
            kept.append(node)
        else:
            missing |= {*node.outputs}
    return Stage(stage.name, Pipeline(kept))


def experiment_names(project: Project) -> tuple[str, ...]:
    """Return the names of all experiments, sorted."""
    return tuple(sorted(p.parent.name for p in project.root.glob(f"{FOLDER}/*/{DESCRIPTION}")))


def load_experiment(project: Project, name: str) -> Experiment:
    """Read one experiment.

    Raises:
        KizuError: there is none of that name, or its description is wrong; every problem is named.
    """
    path = project.root / FOLDER / name / DESCRIPTION
    if not path.is_file():
        known = ", ".join(experiment_names(project)) or "none yet"
        raise KizuError(f"there is no experiment '{name}'.", f"experiments: {known}")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), LOADER)
        description = Description.model_validate(content)
    except yaml.YAMLError as error:
        raise KizuError(f"{project.relative(path)} is not valid YAML: {error}.") from error
    except ValidationError as error:
        lines = [
            f"  {'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        ]
        raise KizuError(
            f"{project.relative(path)} is wrong:\n" + "\n".join(lines), "correct what is named"
        ) from error
    return Experiment(project, name, description)


def is_cell(env: str | None) -> TypeGuard[str]:
    """Tell whether ``env`` is the address of a cell rather than the name of a profile."""
    return env is not None and env.startswith(f"{FOLDER}/")


def find_cell(project: Project, address: str) -> tuple[Experiment, dict[str, str]]:
    """Return the experiment and the choices that an address stands for.

    Raises:
        KizuError: there is no such experiment, or no such choice.
    """
    _, name, *chosen = address.split("/", 2)
    experiment = load_experiment(project, name)
    axis_of = {c: axis for axis, choices in experiment.description.axes.items() for c in choices}
    names = chosen[0].split("-") if chosen else []
    if strange := [name for name in names if name not in axis_of]:
        raise KizuError(
            f"the experiment '{name}' has no choice {', '.join(strange)}.",
            f"choices: {', '.join(axis_of)}",
        )
    return experiment, {axis_of[name]: name for name in names}


def stage_of_cell(project: Project, address: str, stage: str) -> Stage:
    """Return a stage as it runs at an address.

    Raises:
        KizuError: the stage is none of the experiment's, or runs along other axes.
    """
    experiment, choices = find_cell(project, address)
    if stage not in experiment.axes:
        known = ", ".join(experiment.axes)
        raise KizuError(f"{address} has no stage '{stage}'.", f"its stages: {known}")
    if choices not in experiment.cells(stage):
        example = experiment.address(stage, next(experiment.cells(stage)))
        axes = ", ".join(experiment.axes[stage]) or "no axis"
        raise KizuError(
            f"{address} is no cell of the stage '{stage}', which runs along {axes}.",
            f"an address of it: {example}",
        )
    return experiment.stage(stage)
