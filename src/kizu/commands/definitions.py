"""The generated files: ``dvc.yaml``, and what belongs to the experiments."""

import click

from kizu.commands.options import PROFILE


@click.group(short_help="Write or check the generated dvc.yaml.")
def dvc() -> None:
    """Generate dvc.yaml from pipelines, catalog and experiments, or check that it is up to date.

    To run stages, see `kizu repro`.
    """


@dvc.command(short_help="Write dvc.yaml: of the project and its experiments, or of a profile.")
@PROFILE
def write(env: str | None) -> None:
    """Write the project's dvc.yaml and those of its experiments; with --env, conf/PROFILE/dvc.yaml.

    Needed after a change to a pipeline, the catalog or an experiment, and once for a new profile.
    """
    from kizu.lineage.generated import generated_files
    from kizu.lineage.project import Project

    project = Project.find()
    for file in generated_files(project, env):
        state = "written" if file.write() else "already up to date"
        click.echo(f"{project.relative(file.path)}: {state}.")


@dvc.command(short_help="Fail if a dvc.yaml is not as `kizu dvc write` would write it.")
@PROFILE
def check(env: str | None) -> None:
    """Fail, and show the difference, if a dvc.yaml is not as `kizu dvc write` would write it.

    Whether stages are up to date is another question: `dvc status` answers it.
    """
    from kizu.lineage.generated import generated_files
    from kizu.lineage.project import Project

    project = Project.find()
    for file in generated_files(project, env):
        file.require_no_drift()
        click.echo(f"{project.relative(file.path)} is as the pipelines and the catalog say.")


@click.group(short_help="Run the studies of experiments/.")
def experiment() -> None:
    """Run the studies of experiments/, each a folder with a table of results in its README.md."""


@experiment.command("run", short_help="Run all cells of a study, then write its table.")
@click.argument("name")
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
def run_(name: str, stages: tuple[str, ...]) -> None:
    """Run all cells of the study experiments/NAME with DVC, then write its table.

    What is up to date does not run again. With STAGE, such as gan or gan@CHOICE-CHOICE, only that
    and the stages before it run. DVC looks at a study only once it has been run here: from then on
    `dvc status` lists it too, and `dvc repro experiments/NAME/dvc.yaml` runs it as well. To undo
    that, delete experiments/NAME/.dvcignore; `dvc gc` then no longer spares its results.
    """
    from kizu.lineage.experiment_run import run_experiment
    from kizu.lineage.experiments import load_experiment
    from kizu.lineage.project import Project

    run_experiment(load_experiment(Project.find(), name), stages)
    if not stages:
        click.echo(f"The table is in experiments/{name}/README.md.")


@experiment.command(short_help="Write the hashes of a study's code; its dvc.yaml calls this.")
@click.argument("name")
def code(name: str) -> None:
    """Write the hashes of the code of the study experiments/NAME; its dvc.yaml calls this."""
    from kizu.lineage.experiment_code import write_code
    from kizu.lineage.experiments import load_experiment
    from kizu.lineage.project import Project

    write_code(load_experiment(Project.find(), name))


@experiment.command(short_help="Write a study's table from what has run so far.")
@click.argument("name")
def table(name: str) -> None:
    """Write the table in experiments/NAME/README.md from the results that have been made so far."""
    from kizu.lineage.experiment_table import write_table
    from kizu.lineage.experiments import load_experiment
    from kizu.lineage.project import Project

    write_table(load_experiment(Project.find(), name))
