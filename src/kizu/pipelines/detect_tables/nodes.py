"""Nodes of the stage `detect_tables`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.detect_tables.parameters import DetectTablesParameters
from kizu.sources.tables import TableChecks


def fit_table_detectors(
    table_features: np.ndarray,
    table_index: Any,
    parameters: DetectTablesParameters,
    checkpoints: Path,
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]:
    """Fit every detector to the normal rows of the train split, see `detecting.fit_detectors`.

    Args:
        table_features: (N, F) float32, as the fitted transform returns them.
        table_index: data frame of N rows with `id`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings.

    Raises:
        SplitError: a row is in two splits. Equal rows may be: two passengers can be alike.
    """
    from kizu.detection.tables.registry import TABLE_DETECTORS
    from kizu.pipelines.detecting import fit_detectors
    from kizu.preprocessing.splits import check_disjoint

    ids = table_index["id"].tolist()
    check_disjoint(ids, ids, table_index["split"].tolist())
    return fit_detectors(TABLE_DETECTORS, table_features, table_index, parameters, checkpoints)


def score_rows(
    table_features: np.ndarray,
    table_index: Any,
    table_detectors: Any,
    table_estimators: Any,
    parameters: DetectTablesParameters,
) -> Any:
    """Score the calibration and the test rows, see `detecting.score_items`."""
    from kizu.detection.tables.registry import TABLE_DETECTORS
    from kizu.pipelines.detecting import score_items

    return score_items(
        TABLE_DETECTORS, table_features, table_index, table_detectors, table_estimators, parameters
    )


def compare_table_detectors(
    table_features: np.ndarray,
    table_index: Any,
    parameters: DetectTablesParameters,
    checkpoints: Path,
) -> list[dict[str, Any]]:
    """Fit under other seeds and untrained, see `detecting.compare_variants`."""
    from kizu.detection.tables.registry import TABLE_DETECTORS
    from kizu.pipelines.detecting import compare_variants

    return compare_variants(TABLE_DETECTORS, table_features, table_index, parameters, checkpoints)


def measure_table_detection(
    table_anomaly_scores: Any,
    table_detector_variants: list[dict[str, Any]],
    parameters: DetectTablesParameters,
) -> tuple[dict[str, float], Any, Any]:
    """Measure every detector on the test rows, see `detecting.measure_detection`."""
    from kizu.pipelines.detecting import measure_detection

    return measure_detection(table_anomaly_scores, table_detector_variants, parameters)


def explain_rows(
    table_features: np.ndarray,
    table_index: Any,
    table_anomaly_scores: Any,
    table_detectors: Any,
    table_estimators: Any,
    parameters: DetectTablesParameters,
) -> tuple[Any, np.ndarray]:
    """Explain test rows, see `detecting.explain_items`: the parts are features, float32 (E, F)."""
    from kizu.detection.tables.registry import TABLE_DETECTORS
    from kizu.pipelines.detecting import explain_items

    return explain_items(
        TABLE_DETECTORS,
        table_features,
        table_index,
        table_anomaly_scores,
        table_detectors,
        table_estimators,
        parameters,
    )


def describe_table_scorer(
    table_features: np.ndarray,
    table_transform: Any,
    table_columns: dict[str, Any],
    checks: TableChecks,
    parameters: DetectTablesParameters,
) -> dict[str, Any]:
    """Return the card of the scorer: all that it takes to score new rows, beside the detectors.

    Args:
        table_features: (N, F) float32.
        table_transform: fitted, from aligned rows to F features; it is kept beside the card.
        table_columns: of the stage `tables`; what is done with each column.
        checks: of the stage `ingest_tables`.
        parameters: of the stage.

    Raises:
        ValueError: the transform makes other features than the detectors were fitted on.
    """
    from kizu.scoring.card import make_card
    from kizu.scoring.tables.recipe import TableRecipe

    width = max(place.stop for place in table_transform.output_indices_.values())
    if width != table_features.shape[1]:
        raise ValueError(
            f"the transform makes {width} features, and the detectors know "
            f"{table_features.shape[1]}: run the stage tables again"
        )
    recipe = TableRecipe(checks=checks, columns=table_columns["columns"])
    return make_card(
        "tables",
        recipe,
        normal_classes=parameters.normal_classes,
        false_positive_rates=parameters.false_positive_rates,
        detectors=parameters.detectors,
    )
