"""What MLflow has recorded."""

import click


@click.command(short_help="Send runs to MLflow that it does not have yet.")
def sync() -> None:
    """Send recorded runs to MLflow that it does not have yet.

    Other commands do so by themselves; this one is for after MLflow was down, or KIZU_SYNC=manual.
    """
    from kizu.lineage.errors import KizuError
    from kizu.lineage.project import Project
    from kizu.tracking.sync import sync as send

    report = send(Project.find().root)
    if report.problem:
        raise KizuError(str(report))
    click.echo(report)


@click.command(short_help="Open MLflow on the recorded runs.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    show_default="5000, or the next free one",
    help="The port to listen on.",
)
def ui(port: int | None) -> None:
    """Send recorded runs to MLflow and serve its pages on them, until Ctrl-C."""
    from kizu.lineage.project import Project
    from kizu.tracking.ui import serve

    serve(Project.find().root, port)
