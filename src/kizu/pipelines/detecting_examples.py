"""Nodes of the stages that detect anomalies: explaining the items that deserve a look."""

from functools import partial
from typing import Any

import numpy as np

from kizu.pipelines.detecting import Modality
from kizu.pipelines.detecting_parameters import DetectParameters


def explain_items(
    modality: Modality,
    items: np.ndarray,
    index: Any,
    anomaly_scores: Any,
    artifact: Any,
    estimators: Any,
    parameters: DetectParameters,
) -> tuple[Any, np.ndarray]:
    """Explain test items by every detector that can: the most anomalous, and the most wrong.

    Args:
        modality: of the items.
        items: (N, …), row by row as the index.
        index: data frame of N rows with `id`.
        anomaly_scores: as `score_items` returns them.
        artifact: the packed detectors.
        estimators: their scikit-learn objects.
        parameters: of the stage.

    Returns:
        Data frame of E examples in display order: detector, group (``most_anomalous``, ``missed``
        or ``false_alarm``), rank, id, row (of ``items``) and alike (see `Example`); and what their
        detectors' `explain` returns of them, float32 (E, …): heat maps of images (E, H, W) and of
        spectrograms (E, bands, frames), parts of rows (E, F) and of lines (E, L).
    """
    import pandas as pd

    from kizu.detection.examples import pick_examples
    from kizu.detection.packing import unpack_detectors

    row_of = {identity: row for row, identity in enumerate(index["id"])}
    tested = anomaly_scores[anomaly_scores["split"] == "test"]
    detectors = unpack_detectors(modality.kinds(), artifact, estimators)
    read = modality.read(items, parameters)
    tables, explanations = [], []
    for name in parameters.detectors:
        own = tested[tested["detector"] == name]
        own_rows = np.array([row_of[identity] for identity in own["id"]], dtype=np.int64)
        picked = pick_examples(
            own["is_anomaly"],
            own["score"],
            own["flag"],
            parameters.examples_per_group,
            content=partial(_content, items, own_rows),
        )
        rows = own_rows[[example.row for example in picked]]
        explained = detectors[name].explain(read[rows])
        if explained is None:
            continue
        explanations.append(explained)
        tables.append(
            pd.DataFrame(
                {
                    "detector": name,
                    "group": [example.group for example in picked],
                    "rank": np.array([example.rank for example in picked], dtype=np.int64),
                    "id": own["id"].to_numpy()[[example.row for example in picked]],
                    "row": rows,
                    "alike": np.array([example.alike for example in picked], dtype=np.int64),
                }
            )
        )
    if not tables:
        columns = ("detector", "group", "rank", "id", "row", "alike")
        empty = pd.DataFrame({name: [] for name in columns})
        whole = dict.fromkeys(("rank", "row", "alike"), np.int64)
        return empty.astype(whole), np.empty((0,), np.float32)
    return pd.concat(tables, ignore_index=True), np.concatenate(explanations)


def _content(items: np.ndarray, rows: np.ndarray, place: int) -> bytes:
    """The content of one of the items (N, …) that the rows name."""
    return items[rows[place]].tobytes()
