"""Nodes of the stage `detect_text`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.detect_text.parameters import DetectTextParameters
from kizu.sources.text import TextChecks, TextLayout
from kizu.sources.text_sources import TextSource


def fit_text_detectors(
    text_tokens: np.ndarray, text_index: Any, parameters: DetectTextParameters, checkpoints: Path
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]:
    """Fit every detector to the normal lines of the train split, see `detecting.fit_detectors`.

    Args:
        text_tokens: (N, L) int32, a row a line in the order of time.
        text_index: data frame of N rows with `id`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings.

    Raises:
        SplitError: a line is in two splits. Equal lines may be: a machine says the same again.
    """
    from kizu.detection.text.registry import TEXT_DETECTORS
    from kizu.detection.text.windows import with_lines_before
    from kizu.pipelines.detecting import fit_detectors
    from kizu.preprocessing.splits import check_disjoint

    ids = text_index["id"].tolist()
    check_disjoint(ids, ids, text_index["split"].tolist())
    items = with_lines_before(text_tokens, parameters.lines_before)
    return fit_detectors(TEXT_DETECTORS, items, text_index, parameters, checkpoints)


def score_text(
    text_tokens: np.ndarray,
    text_index: Any,
    text_detectors: Any,
    text_estimators: Any,
    parameters: DetectTextParameters,
) -> Any:
    """Score the calibration and the test lines, see `detecting.score_items`."""
    from kizu.detection.text.registry import TEXT_DETECTORS
    from kizu.detection.text.windows import with_lines_before
    from kizu.pipelines.detecting import score_items

    items = with_lines_before(text_tokens, parameters.lines_before)
    return score_items(
        TEXT_DETECTORS, items, text_index, text_detectors, text_estimators, parameters
    )


def compare_text_detectors(
    text_tokens: np.ndarray, text_index: Any, parameters: DetectTextParameters, checkpoints: Path
) -> list[dict[str, Any]]:
    """Fit under other seeds and untrained, see `detecting.compare_variants`."""
    from kizu.detection.text.registry import TEXT_DETECTORS
    from kizu.detection.text.windows import with_lines_before
    from kizu.pipelines.detecting import compare_variants

    items = with_lines_before(text_tokens, parameters.lines_before)
    return compare_variants(TEXT_DETECTORS, items, text_index, parameters, checkpoints)


def measure_text_detection(
    text_anomaly_scores: Any,
    text_detector_variants: list[dict[str, Any]],
    parameters: DetectTextParameters,
) -> tuple[dict[str, float], Any, Any]:
    """Measure every detector on the test lines, see `detecting.measure_detection`."""
    from kizu.pipelines.detecting import measure_detection

    return measure_detection(text_anomaly_scores, text_detector_variants, parameters)


def explain_text(
    text_tokens: np.ndarray,
    text_index: Any,
    text_anomaly_scores: Any,
    text_detectors: Any,
    text_estimators: Any,
    parameters: DetectTextParameters,
) -> tuple[Any, np.ndarray]:
    """Explain test lines, see `detecting.explain_items`: the parts are tokens, float32 (E, L)."""
    from kizu.detection.text.registry import TEXT_DETECTORS
    from kizu.detection.text.windows import with_lines_before
    from kizu.pipelines.detecting import explain_items

    return explain_items(
        TEXT_DETECTORS,
        with_lines_before(text_tokens, parameters.lines_before),
        text_index,
        text_anomaly_scores,
        text_detectors,
        text_estimators,
        parameters,
    )


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
