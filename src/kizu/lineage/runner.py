"""Running one stage with little overhead: what ``kizu run`` does and ``dvc.yaml`` calls.

Kedro's own session discovers plugins, loads every pipeline and imports ``kedro.framework.project``
(a settings library and a web framework behind it): half a second before a node starts, paid again
by each stage. Here are the same catalog, nodes and hooks without them. What a node sees is what
`kedro.runner.SequentialRunner` shows it; a test compares the two.
"""

import logging
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Any

from kedro import __version__ as kedro_version
from kedro.config import MissingConfigException
from kedro.framework.hooks.manager import _create_hook_manager, _register_hooks
from kedro.io import DataCatalog, MemoryDataset
from kedro.io.core import generate_timestamp
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from pluggy import PluginManager

from kizu.lineage.configuration import config_loader
from kizu.lineage.errors import KizuError
from kizu.lineage.experiments import is_cell, stage_of_cell
from kizu.lineage.hooks import StageHook
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.processes import leads
from kizu.lineage.project import BASE, Project
from kizu.lineage.stages import CHECKPOINTS, Stage, is_parameter, load_stage
from kizu.lineage.step_timing import timed_steps, timing_path

logger = logging.getLogger(__name__)


def run_stage(project: Project, name: str, env: str | None = None) -> None:
    """Run one stage: read its inputs, call its nodes in order, write its outputs.

    Started by ``torchrun``, every process does so, and all but the first keep what they made to
    themselves: they write no outputs and call none of the project's hooks but `StageHook`.

    Args:
        project: the project that holds the stage.
        name: the stage.
        env: the profile that overlays ``conf/base``, or the address of a cell of an experiment.

    Raises:
        KizuError: the stage, the profile or cell, a parameter or a catalog entry is wrong; nothing
            ran.
        Exception: whatever a node raises, after the hooks have seen it.
    """
    config = config_loader(project, env)
    stage = stage_of_cell(project, env, name) if is_cell(env) else load_stage(project, name)
    hooks = _create_hook_manager()
    settings = project.import_module("settings")
    _register_hooks(hooks, [h for h in settings.HOOKS if leads() or isinstance(h, StageHook)])
    run_id = generate_timestamp()
    catalog = _catalog(project, stage, config, env, hooks, run_id)
    parameters = _run_parameters(project, stage, env, run_id)
    pipeline = stage.pipeline
    hooks.hook.before_pipeline_run(run_params=parameters, pipeline=pipeline, catalog=catalog)
    try:
        with _timing(project, stage, env):
            run_nodes(pipeline, catalog, hooks, run_id)
    except Exception as error:
        hooks.hook.on_pipeline_error(
            error=error, run_params=parameters, pipeline=pipeline, catalog=catalog
        )
        raise
    outputs = {output: catalog[output] for output in pipeline.outputs()}
    hooks.hook.after_pipeline_run(
        run_params=parameters, run_result=outputs, pipeline=pipeline, catalog=catalog
    )


def _catalog(
    project: Project,
    stage: Stage,
    config: Any,
    env: str | None,
    hooks: PluginManager,
    run_id: str,
) -> DataCatalog:
    """Build the catalog of the stage's own datasets and parameters."""
    raw = config["parameters"]
    parameters = {"parameters": raw} | validated_parameters(project, [stage], raw, env)
    needed = {name for name in stage.pipeline.datasets() if not is_parameter(name)}
    entries = {
        name: _absolute(project.root, entry)
        for name, entry in config["catalog"].items()
        if name in needed
    }
    missing = sorted(set(stage.inputs) - entries.keys())
    if missing:
        raise KizuError(
            f"the stage '{stage.name}' reads {', '.join(missing)}, not in the catalog.",
            f"add the dataset to {project.relative(project.conf)}/{BASE}/catalog_*.yml",
        )
    credentials = _credentials(config)
    kept = entries if leads() else {name: entries[name] for name in stage.inputs}
    catalog = DataCatalog.from_config(kept, credentials, save_version=run_id)
    for name, value in parameters.items():
        # Told how to copy, Kedro need not import pandas to find out.
        catalog[name] = MemoryDataset(value, copy_mode="deepcopy")
    hooks.hook.after_catalog_created(
        catalog=catalog,
        conf_catalog=entries,
        conf_creds=credentials,
        parameters=parameters,
        save_version=run_id,
        load_versions=None,
    )
    for name in needed - kept.keys() - {CHECKPOINTS}:
        # Handed from node to node as it is: nodes do not change what they are given, and arrays
        # are large.
        catalog[name] = MemoryDataset(copy_mode="assign")
    return catalog


def _timing(project: Project, stage: Stage, env: str | None) -> AbstractContextManager[None]:
    """Time the steps of a training where they are a result: in an experiment."""
    if not is_cell(env) or not stage.trains or not leads():
        return nullcontext()
    return timed_steps(project.root / timing_path(env, stage.name))


def _absolute(root: Path, entry: dict[str, Any]) -> dict[str, Any]:
    path = entry.get("filepath")
    return {**entry, "filepath": (root / path).as_posix()} if path else entry


def _credentials(config: Any) -> dict[str, Any]:
    try:
        return dict(config["credentials"])
    except MissingConfigException:
        return {}


def _run_parameters(project: Project, stage: Stage, env: str | None, run_id: str) -> dict[str, Any]:
    """Describe the run to the hooks, with the keys that `KedroSession.run` gives."""
    return {
        "run_id": run_id,
        "project_path": project.root.as_posix(),
        "env": env,
        "kedro_version": kedro_version,
        "tags": (),
        "from_nodes": [],
        "to_nodes": [],
        "node_names": (),
        "from_inputs": [],
        "to_outputs": [],
        "load_versions": None,
        "runtime_params": {},
        "pipeline_names": [stage.name],
        "namespaces": [],
        "runner": __name__,
        "only_missing_outputs": False,
    }


def run_nodes(pipeline: Pipeline, catalog: DataCatalog, hooks: PluginManager, run_id: str) -> None:
    """Run the nodes in order, calling the hooks, and let go of each dataset after its last use.

    Raises:
        Exception: whatever a node, a dataset or a hook raises.
    """
    uses_left = Counter(chain.from_iterable(node.inputs for node in pipeline.nodes))
    inputs, outputs = pipeline.inputs(), pipeline.outputs()
    for node in pipeline.nodes:
        started = time.perf_counter()
        _run_node(node, catalog, hooks, run_id)
        logger.info("%s: %.1f s", node.name, time.perf_counter() - started)
        uses_left.subtract(node.inputs)
        for name in {*node.inputs} - inputs | {*node.outputs} - outputs:
            if uses_left[name] < 1:
                catalog.release(name)


def _run_node(node: Node, catalog: DataCatalog, hooks: PluginManager, run_id: str) -> None:
    inputs = {}
    for name in node.inputs:
        hooks.hook.before_dataset_loaded(dataset_name=name, node=node)
        inputs[name] = catalog.load(name)
        hooks.hook.after_dataset_loaded(dataset_name=name, data=inputs[name], node=node)
    context = {"node": node, "catalog": catalog, "is_async": False, "run_id": run_id}
    for replaced in hooks.hook.before_node_run(inputs=dict(inputs), **context):
        inputs.update(replaced or {})
    try:
        outputs = node.run(inputs)
    except Exception as error:
        hooks.hook.on_node_error(error=error, inputs=inputs, **context)
        raise
    hooks.hook.after_node_run(inputs=inputs, outputs=outputs, **context)
    for name, data in outputs.items():
        hooks.hook.before_dataset_saved(dataset_name=name, data=data, node=node)
        catalog.save(name, data)
        hooks.hook.after_dataset_saved(dataset_name=name, data=data, node=node)
