"""The command ``kizu``. Each command imports what it needs when it runs, so help is quick."""

import click


class _Commands(click.Group):
    """Turns failures that users can act on into a sentence, unless they ask for the traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except click.ClickException:
            if context.params.get("debug"):
                import traceback

                traceback.print_exc()
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="kizu")
def main(debug: bool) -> None:
    """Reproducible generative modeling and anomaly detection on Kedro, DVC and MLflow."""


@main.command()
@click.argument("stage")
@click.option("--env", metavar="PROFILE", help="The profile of conf/ that overlays conf/base.")
def run(stage: str, env: str | None) -> None:
    """Run one STAGE with the files that lie in data/; what dvc.yaml calls."""
    from kizu.lineage.project import Project
    from kizu.lineage.runner import run_stage

    _log_to_stderr()
    run_stage(Project.find(), stage, env)


def _log_to_stderr() -> None:
    import logging

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("kizu").setLevel(logging.INFO)
    # Step metrics go to the tracking hook; the progress bar already shows them.
    logging.getLogger("kizu.metrics").propagate = False


PROFILE = click.option(
    "--env", metavar="PROFILE", help="The profile of conf/ that overlays conf/base."
)


@main.group()
def dvc() -> None:
    """Generate dvc.yaml from the pipelines and the catalog, or check it."""


@dvc.command()
@PROFILE
def write(env: str | None) -> None:
    """Write dvc.yaml; with a profile, conf/PROFILE/dvc.yaml."""
    from kizu.lineage.dvc_yaml import dvc_yaml
    from kizu.lineage.project import Project

    project = Project.find()
    generated = dvc_yaml(project, env)
    state = "written" if generated.write() else "already up to date"
    click.echo(f"{project.relative(generated.path)}: {state}.")


@dvc.command()
@PROFILE
def check(env: str | None) -> None:
    """Fail, and show the difference, when dvc.yaml is not as it would be written."""
    from kizu.lineage.dvc_yaml import dvc_yaml
    from kizu.lineage.project import Project

    project = Project.find()
    generated = dvc_yaml(project, env)
    generated.require_no_drift()
    click.echo(f"{project.relative(generated.path)} is as the pipelines and the catalog say.")
