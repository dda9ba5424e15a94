"""The generated files: ``dvc.yaml``, and what belongs to the experiments."""

import click

from kizu.commands.options import PROFILE


@click.group()
def dvc() -> None:
    """Generate dvc.yaml from pipelines, catalog and experiments, or check it."""


@dvc.command()
@PROFILE
def write(env: str | None) -> None:
    """Write dvc.yaml and those of the experiments; with a profile, conf/PROFILE/dvc.yaml."""
    from kizu.lineage.generated import generated_files
    from kizu.lineage.project import Project

    project = Project.find()
    for file in generated_files(project, env):
        state = "written" if file.write() else "already up to date"
        click.echo(f"{project.relative(file.path)}: {state}.")


@dvc.command()
@PROFILE
def check(env: str | None) -> None:
    """Fail, and show the difference, when a dvc.yaml is not as it would be written."""
    from kizu.lineage.generated import generated_files
    from kizu.lineage.project import Project

    project = Project.find()
    for file in generated_files(project, env):
        file.require_no_drift()
        click.echo(f"{project.relative(file.path)} is as the pipelines and the catalog say.")


@click.group()
def experiment() -> None:
    """The studies of experiments/; `dvc repro experiments/NAME/dvc.yaml` runs one."""


@experiment.command()
@click.argument("name")
def code(name: str) -> None:
    """Write down the hashes of an experiment's code; its dvc.yaml calls this."""
    from kizu.lineage.experiment_code import write_code
    from kizu.lineage.experiments import load_experiment
    from kizu.lineage.project import Project

    write_code(load_experiment(Project.find(), name))


@experiment.command()
@click.argument("name")
def table(name: str) -> None:
    """Write the results that lie in data/ into the table of experiments/NAME/README.md."""
    from kizu.lineage.experiment_table import write_table
    from kizu.lineage.experiments import load_experiment
    from kizu.lineage.project import Project

    write_table(load_experiment(Project.find(), name))
