"""Options that several commands take."""

import click

PROFILE = click.option(
    "--env", metavar="PROFILE", help="The profile of conf/ that overlays conf/base."
)
PROFILE_OR_CELL = click.option(
    "--env",
    metavar="PROFILE",
    help="The profile of conf/ that overlays conf/base, or a cell of an experiment: "
    "experiments/NAME/CHOICE-CHOICE.",
)
RUN = click.option(
    "--run",
    metavar="RUN",
    help="An MLflow run's id or name, or a model's folder; without it, the model in data/.",
)
MODALITY = click.option(
    "--modality",
    type=click.Choice(["images", "audio", "tables", "text"]),
    help="What the data is; without it, told by the files.",
)
