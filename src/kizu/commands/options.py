"""Options that several commands take, and their types."""

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A range of numbers; click's own lets ``nan`` and, without an upper end, ``inf`` through."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number that was given."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return number


PROFILE = click.option(
    "--env",
    metavar="PROFILE",
    help="A profile: the folder conf/PROFILE, laid over conf/base (titanic, mnist, …).",
)
PROFILE_OR_CELL = click.option(
    "--env",
    metavar="PROFILE",
    help="A profile: the folder conf/PROFILE, laid over conf/base (titanic, mnist, …); or a cell "
    "of a study: experiments/NAME/CHOICE-CHOICE.",
)
RUN = click.option(
    "--run",
    metavar="RUN",
    show_default="the model in data/",
    help="An MLflow run's id or name, or a model's folder.",
)
MODALITIES = click.Choice(["images", "audio", "tables", "text"])
