"""What MLflow has recorded."""

import click


@click.command()
def sync() -> None:
    """Send recorded runs that MLflow does not have yet."""
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project
    from kizu.tracking.sync import sync as send

    report = send(Project.find().root)
    if report.problem:
        raise KizuError(str(report))
    click.echo(report)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
def ui(port: int | None) -> None:
    """Open the MLflow UI on the recorded runs."""
    from kizu.lineage.project import Project
    from kizu.tracking.ui import serve

    serve(Project.find().root, port)
