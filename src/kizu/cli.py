"""The command ``kizu``. Each command imports what it needs when it runs, so help is quick."""

import os
import sys
from pathlib import Path

import click

from kizu.commands.definitions import dvc, experiment
from kizu.commands.generating import classify, sample
from kizu.commands.records import sync, ui
from kizu.commands.scoring import register, score
from kizu.commands.stages import repro, run

# Kedro looks under this name for commands to add to its own; ours stand by themselves.
cli = click.Group("kizu")


class _Commands(click.Group):
    """Prints the traceback of a failure as well, for those who ask for it."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except click.ClickException:
            if context.params["debug"]:
                import traceback

                traceback.print_exc()
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="kizu")
def main(debug: bool) -> None:
    """Reproducible generative modeling and anomaly detection on Kedro, DVC and MLflow.

    `kizu repro` runs the whole pipeline, `kizu ui` shows its runs, `kizu score` finds anomalies in
    new data. Call it in a clone of the project; `kizu COMMAND --help` tells more.
    """
    _run_the_code_of_this_folder()


for command in (repro, run, dvc, experiment, sync, ui, sample, classify, score, register):
    main.add_command(command)


def _run_the_code_of_this_folder() -> None:
    """Start again with the source of the project around us, if another one is installed.

    Editable installation points at one clone. In another one, as ``dvc exp run --temp`` makes it,
    ``dvc.yaml`` names the files of that clone, so they have to be the ones that run.
    """
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project

    try:
        project = Project.find()
    except KizuError:  # the command itself says so, unless it only shows its help
        return
    here = project.package_folder / Path(__file__).name
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if not here.is_file() or here.samefile(__file__) or str(project.source) in paths:
        return
    os.environ["PYTHONPATH"] = os.pathsep.join([str(project.source), *filter(None, paths)])
    os.execv(sys.executable, [sys.executable, "-m", "kizu", *sys.argv[1:]])
