"""Running stages."""

import os
import sys

import click

from kizu.commands.options import PROFILE, PROFILE_OR_CELL


@click.command(short_help="Run what is out of date: all stages, or some and those before them.")
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@PROFILE
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many stages may run at once.",
)
@click.option("--force", is_flag=True, help="Run stages that are up to date, too.")
def repro(stages: tuple[str, ...], env: str | None, jobs: int, force: bool) -> None:
    """Bring all stages up to date, or the named ones and those that they need.

    It is `dvc repro` with checks before it, one parent run in MLflow, and a summary at the end.
    dvc.yaml lists the stages.
    """
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project
    from kizu.lineage.repro import Repro
    from kizu.tracking.processes import command_line
    from kizu.tracking.repro import tracked_repro
    from kizu.tracking.summary import summarize

    project = Project.find()
    planned = Repro(project, stages, env)
    failure = None
    with tracked_repro(project.root, command_line(sys.argv), env) as tracked:
        try:
            outcome = planned.run(tracked.environment, jobs=jobs, force=force)
        except KizuError as error:
            failure = error
        tracked.succeeded = failure is None
    click.echo(f"\n{summarize(project, tracked.report).render()}\n")
    if failure:
        raise failure
    if outcome.up_to_date:
        click.echo("Nothing to do: every stage is up to date.")


@click.command(short_help="Run one stage alone on what lies in data/; dvc.yaml calls this.")
@click.argument("stage")
@PROFILE_OR_CELL
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    envvar="OMP_NUM_THREADS",
    show_envvar=True,
    metavar="N",
    help="CPU threads of the numerical libraries.",
)
def run(stage: str, env: str | None, threads: int) -> None:
    """Run one STAGE alone on what lies in data/, up to date or not; dvc.yaml calls this.

    To run a stage with all that it needs, and to have DVC know of it, see `kizu repro`.

    Another number of threads rounds sums differently, and so ends in other bytes. The built-in
    models are so small that one thread is also the fastest.
    """
    # Before anything imports NumPy or PyTorch, which read it once.
    os.environ["OMP_NUM_THREADS"] = str(threads)
    from kizu.lineage.node_failures import explain
    from kizu.lineage.project import Project
    from kizu.lineage.runner import run_stage

    project = Project.find()
    _log_to_stderr()
    try:
        run_stage(project, stage, env)
    except Exception as error:
        raise explain(error, project, stage) from error


def _log_to_stderr() -> None:
    import logging

    from kizu.lineage.processes import leads

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("kizu").setLevel(logging.INFO if leads() else logging.WARNING)
    # A failed node is reported by this command.
    logging.getLogger("kedro.pipeline.node").setLevel(logging.CRITICAL)
    # Step metrics go to the tracking hook; the progress bar already shows them.
    logging.getLogger("kizu.metrics").propagate = False
