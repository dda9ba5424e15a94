"""Nodes of the stage `detect_text`."""

from typing import Any

import numpy as np

from kizu.detection.protocol import Kinds
from kizu.pipelines.detect_text.parameters import DetectTextParameters
from kizu.pipelines.detecting import Modality, check_ids
from kizu.sources.text import TextChecks, TextLayout
from kizu.sources.text_sources import TextSource


def text_detectors() -> Kinds:
    """Import the text detectors."""
    from kizu.detection.text.registry import TEXT_DETECTORS

    return TEXT_DETECTORS


def lines_in_context(tokens: np.ndarray, parameters: DetectTextParameters) -> np.ndarray:
    """Return lines below those before them, int32 (N, lines_before + 1, L)."""
    from kizu.detection.text.windows import with_lines_before

    return with_lines_before(tokens, parameters.lines_before)


# Equal lines may be in two splits: a machine says the same again.
TEXT = Modality(
    "text", "text_tokens", DetectTextParameters, text_detectors, check_ids, lines_in_context
)
"""Lines as tokens int32 (N, L), a row a line in the order of time."""


def describe_text_scorer(
    text_tokenizer: dict[str, Any],
    text_vocabulary: dict[str, Any],
    source: TextSource,
    folder: TextLayout,
    checks: TextChecks,
    steps: Any,
    token_steps: Any,
    max_length: int,
    parameters: DetectTextParameters,
) -> dict[str, Any]:
    """Return the card of the scorer: all that it takes to score new lines, beside the detectors.

    Args:
        text_tokenizer: as saved.
        text_vocabulary: as saved.
        source: of the stage `ingest_text`.
        folder: of the stage `ingest_text`.
        checks: of the stage `ingest_text`.
        steps: of the stage `text`.
        token_steps: of the stage `text`.
        max_length: of the stage `text`.
        parameters: of the stage.
    """
    from kizu.scoring.card import make_card
    from kizu.scoring.text.recipe import TextRecipe
    from kizu.sources.text_sources import text_layout

    recipe = TextRecipe(
        checks=checks,
        layout=text_layout(source, folder),
        steps=steps,
        tokenizer=text_tokenizer,
        token_steps=token_steps,
        vocabulary=text_vocabulary,
        lines_before=parameters.lines_before,
        length=max_length,
    )
    return make_card(
        "text",
        recipe,
        normal_classes=parameters.normal_classes,
        false_positive_rates=parameters.false_positive_rates,
        detectors=parameters.detectors,
    )
