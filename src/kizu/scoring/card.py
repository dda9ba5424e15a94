"""What a saved model says of itself: how new data becomes items, and how often one is flagged.

A stage that detects anomalies writes the card beside its detectors. What has been trained is then
all there is to know: parameters that were edited since do not reach it.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal, get_args

from pydantic import ValidationError

from kizu.parameters import Parameters
from kizu.scoring.errors import ModelVersionError, ScoringError

Modality = Literal["images", "audio", "tables", "text"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)

FORMAT = 3
"""Raised whenever a card, or what lies beside it, can no longer be read as it was before."""


class Card(Parameters):
    """A card.

    Attributes:
        format: see `FORMAT`.
        kizu: the version of this package that wrote it.
        modality: what the items are.
        normal_classes: names of the classes that the detectors were fitted on.
        false_positive_rates: the first decides what is flagged.
        detectors: by name, in order.
        recipe: how new data becomes items, in the words of the modality's own ``recipe`` module.
    """

    format: int
    kizu: str
    modality: Modality
    normal_classes: list[str]
    false_positive_rates: list[float]
    detectors: list[str]
    recipe: dict[str, Any]

    @property
    def rate(self) -> float:
        """The share of normal items that may be flagged."""
        return self.false_positive_rates[0]


def make_card(
    modality: Modality,
    recipe: Parameters,
    *,
    normal_classes: Sequence[str],
    false_positive_rates: Sequence[float],
    detectors: Sequence[str],
) -> dict[str, Any]:
    """Return a card as a JSON document."""
    card = Card(
        format=FORMAT,
        kizu=version("kizu"),
        modality=modality,
        normal_classes=list(normal_classes),
        false_positive_rates=list(false_positive_rates),
        detectors=list(detectors),
        recipe=recipe.model_dump(mode="json"),
    )
    return card.model_dump(mode="json")


def read_card(document: Mapping[str, Any]) -> Card:
    """Return the card of a JSON document.

    Raises:
        ModelVersionError: it is of another format.
        ScoringError: it is no card.
    """
    found = document.get("format")
    if found is not None and found != FORMAT:
        raise ModelVersionError(
            f"the model was saved by kizu {document.get('kizu', 'of another version')} in format "
            f"{found}; this is kizu {version('kizu')}, which reads format {FORMAT}.",
            "train it again with `kizu repro`, or use that version",
        )
    try:
        return Card.model_validate(document)
    except ValidationError as error:
        raise ScoringError(
            f"the model's card cannot be read: {_reason(error)}.",
            "train it again with `kizu repro`",
        ) from error


def unreadable(card: Card, error: Exception) -> ModelVersionError:
    """Return what is said of a model whose parts this version cannot make sense of."""
    return ModelVersionError(
        f"the model was saved by kizu {card.kizu}; this is kizu {version('kizu')}, which cannot "
        f"read it ({_reason(error)}).",
        "train it again with `kizu repro`, or use the version that saved it",
    )


def _reason(error: Exception) -> str:
    """Return an error in one line; of many, the first."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{error.title}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    lines = str(error).splitlines() or [type(error).__name__]
    return f"{type(error).__name__}: {lines[0]}" if isinstance(error, KeyError) else lines[0]
