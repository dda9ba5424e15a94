"""New data against trained detectors."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kizu.commands.options import MODALITY, PROFILE, RUN

if TYPE_CHECKING:
    from kizu.scoring.card import Modality


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@MODALITY
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("scores"),
    show_default=True,
    help="The folder for tables, explanations and the report.",
)
@RUN
@PROFILE
@click.option(
    "--fdr",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="RATE",
    help="Flag so that this share of the flagged items is normal (Benjamini and Hochberg), "
    "instead of a share of the normal items.",
)
def score(
    path: Path,
    modality: "Modality | None",
    out: Path,
    run: str | None,
    env: str | None,
    fdr: float | None,
) -> None:
    """Score the file or folder PATH with a trained model, and explain what it flags.

    The exit code is 0 whatever is found, and 3 if something could not be scored: it is listed in
    rejects.csv.
    """
    from kizu.lineage.errors import KizuError
    from kizu.scorers import scorer_for
    from kizu.scoring.errors import ScoringError
    from kizu.scoring.score_path import score_path

    try:
        scorer = scorer_for(path, modality, run=run, env=env)
        tally = score_path(scorer, path, out, false_discovery_rate=fdr)
    except ScoringError as error:
        raise KizuError(error.message, error.way_out) from error
    for sentence in tally.sentences():
        click.echo(sentence)
    click.echo(tally.speed())
    for reject in tally.first_rejects[:10]:
        click.echo(f"  rejected: {reject.file}: {reject.reason}")
    if tally.rejected:
        click.echo(f"{tally.rejected} rejected; {out / 'rejects.csv'} lists all.")
    click.echo(f"Read {out / 'report.html'}; the scores are in {out / 'scores.csv'}.")
    if tally.rejected:
        sys.exit(3)


@click.command()
@MODALITY
@click.option(
    "--run", metavar="RUN", help="An MLflow run's id or name; without it, the model in data/."
)
@PROFILE
def register(modality: "Modality | None", run: str | None, env: str | None) -> None:
    """Register a trained model in MLflow, to be served by `mlflow models serve`."""
    from kizu.lineage.project import Project
    from kizu.scorer_files import trained_modality
    from kizu.serving import register_scorer

    project = Project.find()
    chosen = modality or trained_modality(project, run=run, env=env)
    registered = register_scorer(project, chosen, run=run, env=env)
    click.echo(f"{registered.uri} is registered ({registered.store}).")
