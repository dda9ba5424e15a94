"""New data against trained detectors."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kizu.commands.failures import told
from kizu.commands.options import MODALITIES, PROFILE, RUN, FiniteRange

if TYPE_CHECKING:
    from kizu.scoring.card import Modality


@click.command(short_help="Find anomalies in new data with a trained model.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--modality",
    type=MODALITIES,
    show_default="told by the names of the files",
    help="What the data is.",
)
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
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    metavar="RATE",
    show_default="flag at the model's false-positive rate, a share of the normal items",
    help="False-discovery rate: flag so that at most this share of the flagged items is expected "
    "to be normal (Benjamini and Hochberg).",
)
def score(
    path: Path,
    modality: "Modality | None",
    out: Path,
    run: str | None,
    env: str | None,
    fdr: float | None,
) -> None:
    """Score the file or folder PATH with a trained model, and explain what is anomalous in it.

    The exit code is 0 whatever is found, and 3 if something could not be scored; rejects.csv
    lists that.
    """
    from kizu.scoring.files import require_files

    with told():
        require_files(path)
    from kizu.scorers import scorer_for
    from kizu.scoring.score_path import score_path

    with told():
        scorer = scorer_for(path, modality, run=run, env=env)
        tally = score_path(scorer, path, out, false_discovery_rate=fdr)
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


@click.command(short_help="Register a trained detector for `mlflow models serve`.")
@click.option(
    "--modality",
    type=MODALITIES,
    show_default="the only one there is",
    help="Which trained detector.",
)
@click.option(
    "--run",
    metavar="RUN",
    show_default="the model in data/",
    help="An MLflow run's id or name.",
)
@PROFILE
def register(modality: "Modality | None", run: str | None, env: str | None) -> None:
    """Register a trained detector in MLflow, to be served by `mlflow models serve`."""
    from kizu.lineage.project import Project
    from kizu.scorer_files import trained_modality
    from kizu.serving import register_scorer

    project = Project.find()
    chosen = modality or trained_modality(project, run=run, env=env)
    registered = register_scorer(project, chosen, run=run, env=env)
    click.echo(f"{registered.uri} is registered ({registered.store}).")
