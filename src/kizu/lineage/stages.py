"""The stages of a project: one folder of ``pipelines``, one Kedro pipeline, one DVC stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from inspect import unwrap
from typing import Any

from kedro.pipeline import Pipeline

from kizu.lineage.errors import KizuError, guess
from kizu.lineage.project import Project

CHECKPOINTS = "checkpoints"
"""The dataset that a training node asks for; handed in by `kizu.lineage.hooks.StageHook`."""

PARAMETERS = "params:"


@dataclass(frozen=True)
class Stage:
    """A Kedro pipeline seen from outside.

    Attributes:
        name: the pipeline's name.
        pipeline: its nodes.
        inputs: the datasets that it reads and does not make itself, sorted.
        outputs: the datasets that its nodes make, sorted.
        parameters: the dotted parameter keys that its nodes read, sorted.
    """

    name: str
    pipeline: Pipeline

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(
            sorted(
                name
                for name in self.pipeline.inputs()
                if not is_parameter(name) and name != CHECKPOINTS
            )
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(sorted(self.pipeline.all_outputs()))

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(
            sorted(
                name.removeprefix(PARAMETERS)
                for name in self.pipeline.inputs()
                if name.startswith(PARAMETERS)
            )
        )

    @property
    def groups(self) -> frozenset[str]:
        """The sections of the parameters that its nodes read something of."""
        return frozenset(key.split(".")[0] for key in self.parameters)

    @property
    def trains(self) -> bool:
        """Whether one of its nodes keeps checkpoints."""
        return CHECKPOINTS in self.pipeline.inputs()


def is_parameter(dataset: str) -> bool:
    """Tell whether a node's input is a parameter rather than a dataset of the catalog."""
    return dataset == "parameters" or dataset.startswith(PARAMETERS)


def load_stage(project: Project, name: str) -> Stage:
    """Import one stage, and nothing of the others.

    Raises:
        KizuError: there is no such stage, or its module offers no ``create_pipeline``.
    """
    names = project.stage_names
    if name not in names:
        raise KizuError(
            f"there is no stage '{name}'.",
            f"{guess(name, names)}stages: {', '.join(names) or 'none yet'}",
        )
    module = project.import_module(f"pipelines.{name}")
    create_pipeline = getattr(module, "create_pipeline", None)
    if create_pipeline is None:
        raise KizuError(
            f"{project.package}.pipelines.{name} has no create_pipeline.",
            "its __init__.py holds: from .pipeline import create_pipeline",
        )
    return Stage(name, create_pipeline())


def load_stages(project: Project) -> list[Stage]:
    """Import every stage, sorted by name."""
    return [load_stage(project, name) for name in project.stage_names]


def upstream(stages: Sequence[Stage]) -> dict[str, set[str]]:
    """Return, by the name of each stage, the stages that make its inputs."""
    makers = {output: stage.name for stage in stages for output in stage.outputs}
    return {s.name: {makers[name] for name in s.inputs if name in makers} for s in stages}


def in_order(stages: Sequence[Stage]) -> list[Stage]:
    """Sort stages so that each comes after those that make its inputs, and by name."""
    by_name = {stage.name: stage for stage in stages}
    sorter = TopologicalSorter(upstream(stages))
    sorter.prepare()
    ordered: list[Stage] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += [by_name[name] for name in ready]
        sorter.done(*ready)
    return ordered


def code_roots(
    project: Project, stage: Stage, catalog: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Return the modules that a stage's code hangs on, sorted.

    They are its own package, the modules of its nodes' functions and those of the dataset classes
    that read and write its data.
    """
    functions = (unwrap(node.func).__module__ for node in stage.pipeline.nodes)
    entries = (catalog.get(name, {}) for name in stage.pipeline.datasets())
    datasets = (str(entry["type"]).rpartition(".")[0] for entry in entries if "type" in entry)
    return tuple(sorted({f"{project.package}.pipelines.{stage.name}", *functions, *datasets}))
