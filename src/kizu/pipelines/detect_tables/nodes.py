"""Nodes of the stage `detect_tables`."""

from typing import Any

import numpy as np

from kizu.detection.protocol import Kinds
from kizu.pipelines.detect_tables.parameters import DetectTablesParameters
from kizu.pipelines.detecting import Modality, check_ids
from kizu.sources.tables import TableChecks


def table_detectors() -> Kinds:
    """Import the table detectors."""
    from kizu.detection.tables.registry import TABLE_DETECTORS

    return TABLE_DETECTORS


# Equal rows may be in two splits: two passengers can be alike.
TABLES = Modality("table", "table_features", DetectTablesParameters, table_detectors, check_ids)
"""Rows as the fitted transform returns them, float32 (N, F)."""


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
