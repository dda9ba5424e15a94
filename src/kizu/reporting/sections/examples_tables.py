"""Table examples: the row as it was written, and what each column has to do with its score."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kizu.reporting.exhibits import Contribution, Contributions, ModalityExamples
from kizu.reporting.formatting import number
from kizu.reporting.sections.detected import Detected
from kizu.reporting.sections.examples import modality_examples

_MOST_BLAMED = 6
_MOST_OTHERS = 24
_MOST_CHARACTERS = 40


def table_examples(
    detected: Detected,
    examples: Any,
    *,
    table: Any,
    columns: Mapping[str, Any],
    features: np.ndarray,
    explanations: np.ndarray,
) -> ModalityExamples:
    """Test rows with the contribution of each column.

    Args:
        detected: the detectors.
        examples: one row an example: detector, group, id, row (of ``features``).
        table: the rows as they were written, with ``row_id``.
        columns: the dataset ``table_columns``.
        features: (N, F) what the detectors got.
        explanations: (E, F), the larger, the more a feature disagrees with normal.
    """
    written = table.set_index("row_id").loc[examples["id"]]
    contents = [
        [blamed_columns(written.iloc[position], features[row], explanations[position], columns)]
        for position, row in enumerate(examples["row"])
    ]
    lead = (
        "The columns most to blame for a row's score: the value as it was written, what the "
        "detectors got of it, and its share of what the row's values are blamed for. Below them, "
        "the other values."
    )
    return modality_examples(detected, examples, contents, lead=lead)


def feature_columns(columns: Mapping[str, Any]) -> dict[str, list[int]]:
    """The positions of the features that each column became; none for one that was left out.

    Args:
        columns: the dataset ``table_columns``: ``features`` are named after their column, or
            ``<column>=<level>`` where it is one-hot encoded.
    """
    position = {name: place for place, name in enumerate(columns["features"])}
    parts = {}
    for column in columns["columns"]:
        name, encoding = column["name"], column["encoding"]
        if encoding == "one_hot":
            parts[name] = [position[f"{name}={level}"] for level in column["levels"]]
        else:
            parts[name] = [] if encoding == "drop" else [position[name]]
    return parts


def blamed_columns(
    written: Any, features: np.ndarray, explanation: np.ndarray, columns: Mapping[str, Any]
) -> Contributions:
    """A row's columns: those most to blame first, then the values of others.

    Args:
        written: the row's values by column, as they stand in the table.
        features: (F,) what the detectors got.
        explanation: (F,), the larger, the more a feature disagrees with normal.
        columns: as in `feature_columns`.
    """
    parts = feature_columns(columns)
    total = float(explanation.sum())
    shares = {
        name: float(explanation[list(places)].sum()) / total if total > 0 else 0.0
        for name, places in parts.items()
        if places
    }
    blamed = sorted(shares, key=lambda name: -shares[name])[:_MOST_BLAMED]
    items = []
    for name in blamed:
        place = max(parts[name], key=lambda place: explanation[place])
        feature = columns["features"][place].removeprefix(name)
        seen = f"{feature.removeprefix('=')}: " if feature else ""
        value = number(float(features[place]), 2)
        items.append(Contribution(name, _cell(written[name]), seen + value, shares[name]))
    others = [name for name in parts if name not in blamed][:_MOST_OTHERS]
    return Contributions(items, [(name, _cell(written[name])) for name in others])


def _cell(value: Any) -> str:
    """A value as it was written, long ones cut; "missing" where there is none."""
    # pandas' own NA is neither true nor false, so it may not be compared.
    if value is None or str(value) == "<NA>" or value != value:
        return "missing"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
