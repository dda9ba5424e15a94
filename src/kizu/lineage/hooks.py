"""The Kedro hook that makes a pipeline a stage, under ``kizu run`` and ``kedro run`` alike."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl
from kedro.io import MemoryDataset
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from pydantic import BaseModel

from kizu.lineage.checkpoints import checkpoint_key, remove_checkpoints, stage_checkpoints
from kizu.lineage.errors import KizuError
from kizu.lineage.parameter_problems import select
from kizu.lineage.parameter_types import parameter_annotations
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.processes import leads
from kizu.lineage.project import Project
from kizu.lineage.stages import CHECKPOINTS, PARAMETERS, Stage, load_stage

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog


class StageHook:
    """Checks the parameters and hands a checkpoint folder to each node that trains.

    ``kizu run`` checks the parameters itself, before it builds a catalog; Kedro's session does it
    here.
    """

    def __init__(self) -> None:
        self._entries: Mapping[str, Any] = {}
        self._parameters: Mapping[str, Any] = {}
        self._raw: Mapping[str, Any] = {}
        self._project: Project | None = None
        self._env: str | None = None

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Check the parameters of the pipelines that are about to run."""
        from kedro.framework.project import pipelines

        project = Project.at(context.project_path)
        project.require_profile(context.env)
        names = (name for name in pipelines if name in project.stage_names)
        stages = [Stage(name, pipelines[name]) for name in names]
        parameters = context.config_loader["parameters"]
        validated_parameters(project, stages, parameters, context.env)
        self._raw = parameters

    @hook_impl
    def after_catalog_created(
        self, catalog: "DataCatalog", conf_catalog: dict[str, Any], parameters: dict[str, Any]
    ) -> None:
        """Declare the dataset that training nodes take their checkpoint folder from."""
        self._entries = conf_catalog
        self._parameters = parameters
        # Kedro's session has made models of them; `after_context_created` saw them before.
        self._raw = self._raw or parameters["parameters"]
        # A stand-in that satisfies Kedro's check of a pipeline's inputs; `before_node_run`
        # replaces it by the folder of the node's stage.
        catalog[CHECKPOINTS] = MemoryDataset(Path(CHECKPOINTS), copy_mode="assign")

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Remember which project and which profile run."""
        self._project = Project.at(Path(run_params["project_path"]))
        self._env = run_params["env"]

    @hook_impl
    def before_node_run(self, node: Node, inputs: dict[str, Any]) -> dict[str, Any]:
        """Hand ``data/.checkpoints/<stage>/<key>`` to a node that asks for ``checkpoints``.

        A node that takes a parameter as it is gets it so, even where another node of the same
        Kedro run declares its type: Kedro gives both the typed one.
        """
        replaced = {
            name: select(self._raw, tuple(name.removeprefix(PARAMETERS).split(".")))
            for name, annotation in parameter_annotations(node).items()
            if annotation is Any and isinstance(inputs[name], BaseModel)
        }
        if CHECKPOINTS in node.inputs:
            replaced[CHECKPOINTS] = self._checkpoints(node)
        return replaced

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline) -> None:
        """Remove the checkpoints of the stages that have finished."""
        assert self._project is not None, "Kedro calls before_pipeline_run first"
        if not leads():
            return
        for stage in {self._stage_of(n) for n in pipeline.nodes if CHECKPOINTS in n.inputs}:
            remove_checkpoints(self._project, stage, self._env)

    def _checkpoints(self, node: Node) -> Path:
        assert self._project is not None, "Kedro calls before_pipeline_run first"
        stage = load_stage(self._project, self._stage_of(node))
        key = checkpoint_key(self._project, stage, self._parameters, self._entries)
        folder = stage_checkpoints(self._project, stage.name, self._env) / key
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _stage_of(self, node: Node) -> str:
        assert self._project is not None, "Kedro calls before_pipeline_run first"
        stages = sorted(node.tags & {*self._project.stage_names})
        if len(stages) != 1:
            raise KizuError(
                f"the node '{node.name}' asks for checkpoints and its tags {sorted(node.tags)} "
                "do not name its stage.",
                'give the node tags=["<stage>"]',
            )
        return stages[0]
