"""The Kedro hook that records every stage's run, under ``kizu run`` and ``kedro run`` alike.

It only writes files into ``mlflow/spool/``: a stage never imports MLflow (which takes seconds),
never waits for a server, and never fails because of one.
"""

import atexit
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from kizu.lineage.project import Project
from kizu.tracking.background import start_follower
from kizu.tracking.git import source_of
from kizu.tracking.live import LiveMetrics
from kizu.tracking.recorder import Recorder
from kizu.tracking.sessions import current_session, tracking_root
from kizu.tracking.spool import Spool

logger = logging.getLogger(__name__)


class TrackingHook:
    """Writes a record of each stage that runs, and has them sent in the background."""

    def __init__(self) -> None:
        self._entries: Mapping[str, Any] = {}
        self._stages: Mapping[str, str] = {}
        self._recorder: Recorder | None = None
        self._metrics: LiveMetrics | None = None

    @hook_impl
    def after_catalog_created(self, conf_catalog: dict[str, Any]) -> None:
        """Remember where the datasets lie and what they are."""
        self._entries = conf_catalog

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Find out which command the run belongs to, and listen to metrics."""
        with _harmless():
            project = Project.at(Path(run_params["project_path"]))
            names = run_params.get("pipeline_names") or []
            self._stages = stages_of_nodes(pipeline, names, project.stage_names)
            session = current_session(project.root, run_params["env"])
            spool = Spool(tracking_root(project.root))
            source = source_of(project.root)
            nodes = {
                stage: Pipeline(node for node in pipeline.nodes if self._stages[node.name] == stage)
                for stage in dict.fromkeys(self._stages.values())
            }
            self._recorder = Recorder(spool, session, project.root, source, nodes, self._entries)
            self._metrics = LiveMetrics(self._recorder.metrics_file)
            self._metrics.install()
            atexit.register(self._leave)
            if spool.open_session(session):
                if source.problem:
                    logger.warning("runs are recorded without a commit: %s", source.problem)
                start_follower(spool, session)

    @hook_impl
    def before_dataset_loaded(self, node: Node) -> None:
        """Begin the stage of the node."""
        if self._recorder:
            with _harmless():
                self._recorder.begin(self._stages[node.name])

    @hook_impl
    def before_node_run(self, node: Node, inputs: dict[str, Any]) -> None:
        """Take down the parameters that the node runs with."""
        if self._recorder:
            with _harmless():
                stage = self._stages[node.name]
                self._recorder.begin(stage)
                self._recorder.add_parameters(stage, inputs)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Note what the stage has written."""
        if self._recorder:
            with _harmless():
                self._recorder.note_saved(self._stages[node.name], dataset_name)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Write the records down."""
        if self._recorder:
            with _harmless():
                self._recorder.finish_all()
            self._close()

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Write the records down, with what went wrong."""
        if self._recorder:
            with _harmless():
                self._recorder.fail(error)
            self._close()

    def _leave(self) -> None:
        """The process ends in the middle of a run: a signal, or an exit."""
        if self._recorder:
            with _harmless():
                self._recorder.interrupt()

    def _close(self) -> None:
        recorder, self._recorder = self._recorder, None
        atexit.unregister(self._leave)
        if self._metrics:
            self._metrics.uninstall()
        if recorder:
            with _harmless():
                recorder.warn_if_unreachable()


def stages_of_nodes(
    pipeline: Pipeline, pipeline_names: Sequence[str], stage_names: Collection[str]
) -> dict[str, str]:
    """Tell the stage of each node: the one that its tags name, else the pipeline that runs.

    Args:
        pipeline: the nodes.
        pipeline_names: the registered pipelines that were asked for; empty for the default.
        stage_names: the project's stages.
    """
    fallback = pipeline_names[0] if len(pipeline_names) == 1 else "__default__"
    return {
        node.name: next(iter(sorted(node.tags & {*stage_names})), fallback)
        for node in pipeline.nodes
    }


@contextmanager
def _harmless() -> Iterator[None]:
    """Turn any failure of tracking into a warning: a run matters more than its record."""
    try:
        yield
    except Exception as error:
        logger.warning("this run is not recorded as it should be: %s", error)
        logger.debug("in full:", exc_info=True)
