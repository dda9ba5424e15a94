"""Nodes of the stages that detect anomalies: scoring held-out items."""

import logging
from typing import Any

import numpy as np

from kizu.pipelines.detecting import Modality, divide
from kizu.pipelines.detecting_parameters import DetectParameters
from kizu.pipelines.run_costs import log_costs, watched

logger = logging.getLogger(__name__)


def score_items(
    modality: Modality,
    items: np.ndarray,
    index: Any,
    artifact: Any,
    estimators: Any,
    parameters: DetectParameters,
) -> Any:
    """Score the normal items of the calibration split, and the whole test split.

    What differs from run to run is logged (see `run_costs`), of all these items in one call:
    ``<detector>.milliseconds_per_item``, ``.score_process_peak_mebibytes`` and
    ``.score_growth_mebibytes``.

    Args:
        modality: of the items.
        items: (N, …), row by row as the index.
        index: data frame of N rows with `id`, `label`, `class_name` and `split`.
        artifact: the packed detectors.
        estimators: their scikit-learn objects.
        parameters: of the stage.

    Returns:
        Data frame, one row a detector and item: id, label, class_name, is_anomaly (0 or 1),
        split, detector, score, p_value (of the test split; what calibrates has none) and flag. The
        combination of all is a detector of its own, ``combined``; its score is ``-log(p)`` of its
        p-value, and its calibration rows have no score.
    """
    import pandas as pd

    from kizu.detection.combination import COMBINED, combined_p_values
    from kizu.detection.conformal import conformal_p_values, conformal_threshold
    from kizu.detection.packing import unpack_detectors

    roles = divide(index, parameters)
    items = modality.read(items, parameters)
    rows = np.union1d(roles.calibrate, roles.test)
    scored = index.iloc[rows][["id", "label", "class_name"]].assign(
        is_anomaly=(~roles.normal[rows]).astype(np.int64), split=index["split"].to_numpy()[rows]
    )
    calibrates = np.isin(rows, roles.calibrate)
    detectors = unpack_detectors(modality.kinds(), artifact, estimators)
    rate = parameters.false_positive_rates[0]
    tables = []
    all_scores = []
    for name in parameters.detectors:
        with watched() as cost:
            scores = detectors[name].score(items[rows])
        milliseconds = 1000 * cost.seconds / len(rows)
        log_costs(
            name,
            milliseconds_per_item=milliseconds,
            score_process_peak_mebibytes=cost.process_peak_mebibytes,
            score_growth_mebibytes=cost.growth_mebibytes,
        )
        logger.info("%s: scored %d items, %.2f ms each", name, len(rows), milliseconds)
        calibration = scores[calibrates]
        p_values = conformal_p_values(calibration, scores)
        tables.append(
            scored.assign(
                detector=name,
                score=scores,
                p_value=np.where(calibrates, np.nan, p_values),
                flag=scores > conformal_threshold(calibration, rate),
            )
        )
        all_scores.append(scores)
    if parameters.combine and len(all_scores) > 1:
        together = np.stack(all_scores, axis=1)
        p_values = combined_p_values(together[calibrates], together[~calibrates])
        tables.append(
            scored[~calibrates].assign(
                detector=COMBINED,
                score=-np.log(p_values),
                p_value=p_values,
                flag=p_values <= rate,
            )
        )
    return pd.concat(tables, ignore_index=True)
