"""What the stages that detect anomalies have in common, whatever the modality.

A detector is fitted on normal items of the train split, its threshold is set on normal items of
the calibration split, and its figures are computed on the test split: three sets that share
nothing.
"""

import logging
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kizu.detection.combination import COMBINED, combined_p_values
from kizu.detection.conformal import (
    check_calibration_size,
    conformal_p_values,
    conformal_threshold,
)
from kizu.detection.drift import score_drift
from kizu.detection.examples import pick_examples
from kizu.detection.packing import Kinds, build_detector, pack_detectors, unpack_detectors
from kizu.detection.protocol import Detector, Trains
from kizu.detection.variants import variants
from kizu.evaluation.detection import auroc, detection_metrics
from kizu.pipelines.detecting_parameters import DetectParameters
from kizu.reporting.series import DetectorScores

logger = logging.getLogger(__name__)


class Roles(NamedTuple):
    """Which rows of an index do what.

    Attributes:
        normal: (N,) whether the item is of a normal class.
        fit: rows that detectors are fitted on.
        calibrate: rows that thresholds are set on.
        test: rows that figures are computed on.
    """

    normal: np.ndarray
    fit: np.ndarray
    calibrate: np.ndarray
    test: np.ndarray


def divide(index: Any, parameters: DetectParameters) -> Roles:
    """Return what each row of the index is for.

    Args:
        index: data frame of N rows with `class_name` and `split`.
        parameters: of the stage.

    Raises:
        ValueError: a normal class that no item has, no normal item to fit on, too few to calibrate
            on, or a test split without normal or without anomalous items.
    """
    names = index["class_name"].astype(str).to_numpy()
    known = set(names.tolist())
    if missing := [name for name in parameters.normal_classes if name not in known]:
        raise ValueError(
            f"normal_classes={parameters.normal_classes} names {missing}, which no item has; "
            f"choose from: {', '.join(sorted(known))}"
        )
    normal = np.isin(names, parameters.normal_classes)
    splits = index["split"].to_numpy()
    roles = Roles(
        normal,
        np.flatnonzero(normal & (splits == "train")),
        np.flatnonzero(normal & (splits == "calibration")),
        np.flatnonzero(splits == "test"),
    )
    if not len(roles.fit):
        raise ValueError(
            f"normal_classes={parameters.normal_classes}: the train split holds none of them"
        )
    # Before hours of training, not after.
    check_calibration_size(len(roles.calibrate), parameters.false_positive_rates[0])
    tested = normal[roles.test]
    if tested.all() or not tested.any():
        raise ValueError(
            f"normal_classes={parameters.normal_classes}: the test split must hold normal and "
            f"anomalous items, got {int(tested.sum())} normal ones of {len(tested)}"
        )
    return roles


def fit_detectors(
    kinds: Kinds, items: np.ndarray, index: Any, parameters: DetectParameters, checkpoints: Path
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]:
    """Fit every detector to the normal items of the train split, and to nothing else.

    Args:
        kinds: the detectors of the modality.
        items: (N, …), row by row as the index.
        index: data frame of N rows with `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings; each has its own subfolder.

    Returns:
        The packed detectors, their scikit-learn objects, and the history of their trainings.

    Raises:
        ValueError: as `divide`.
    """
    normal = items[divide(index, parameters).fit]
    detectors: dict[str, Detector[Any]] = {}
    history: list[dict[str, float]] = []
    for name in parameters.detectors:
        start = time.perf_counter()
        detector = build_detector(kinds, name, parameters.of(name), checkpoints)
        detectors[name] = detector.fit(normal)
        if isinstance(detector, Trains):
            history += detector.history
        logger.info(
            "%s: fitted to %d items in %.1f s", name, len(normal), time.perf_counter() - start
        )
    artifact, estimators = pack_detectors(detectors)
    return artifact, estimators, history


def score_items(
    kinds: Kinds,
    items: np.ndarray,
    index: Any,
    artifact: Any,
    estimators: Any,
    parameters: DetectParameters,
) -> Any:
    """Score the normal items of the calibration split, and the whole test split.

    Args:
        kinds: the detectors of the modality.
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

    roles = divide(index, parameters)
    rows = np.union1d(roles.calibrate, roles.test)
    scored = index.iloc[rows][["id", "label", "class_name"]].assign(
        is_anomaly=(~roles.normal[rows]).astype(np.int64), split=index["split"].to_numpy()[rows]
    )
    calibrates = np.isin(rows, roles.calibrate)
    detectors = unpack_detectors(kinds, artifact, estimators)
    rate = parameters.false_positive_rates[0]
    tables = []
    all_scores = []
    for name in parameters.detectors:
        start = time.perf_counter()
        scores = detectors[name].score(items[rows])
        seconds = time.perf_counter() - start
        logger.info(
            "%s: scored %d items in %.1f s, %.2f ms each",
            name,
            len(rows),
            seconds,
            1000 * seconds / len(rows),
        )
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


def compare_variants(
    kinds: Kinds, items: np.ndarray, index: Any, parameters: DetectParameters, checkpoints: Path
) -> list[dict[str, Any]]:
    """Fit the detectors again, under other seeds and untrained, and measure each on the test split.

    Args:
        kinds: the detectors of the modality.
        items: (N, …), row by row as the index.
        index: data frame of N rows with `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings.

    Returns:
        A row a variant: ``detector``, ``variant`` (see `kizu.detection.variants`) and ``auroc``.
    """
    roles = divide(index, parameters)
    is_anomaly = ~roles.normal[roles.test]
    rows = []
    for name in parameters.detectors:
        for variant, own in variants(
            parameters.of(name),
            repetitions=parameters.repetitions,
            compare_untrained=parameters.compare_untrained,
        ):
            detector = build_detector(kinds, name, own, checkpoints / variant.replace(" ", "_"))
            scores = detector.fit(items[roles.fit]).score(items[roles.test])
            rows.append({"detector": name, "variant": variant, "auroc": auroc(is_anomaly, scores)})
    return rows


def measure_detection(
    anomaly_scores: Any, compared: list[dict[str, Any]], parameters: DetectParameters
) -> tuple[dict[str, float], Any, Any]:
    """Measure every detector on the test split, at the threshold set on the calibration split.

    Args:
        anomaly_scores: as `score_items` returns them.
        compared: as `compare_variants` returns them.
        parameters: of the stage.

    Returns:
        Flat metrics ``<detector>.<metric>``, the ROC curves, and the histograms of scores. At each
        further rate, ``<detector>.at_<rate>.false_positive_rate`` and ``.true_positive_rate``;
        both are 0 where the calibration split is too small for the rate, since nothing is flagged.
        ``<detector>.normal_drift_ks_p`` and ``.normal_drift_psi`` compare the normal items of the
        test split with the calibration split, see `kizu.detection.drift`.
    """
    from sklearn.metrics import roc_curve

    from kizu.reporting.figures import roc_curves, score_histograms

    metrics: dict[str, float] = {}
    curves, histograms = {}, {}
    rate, *further = parameters.false_positive_rates
    for name, table in anomaly_scores.groupby("detector", sort=False):
        test = table[table["split"] == "test"]
        is_anomaly, scores = test["is_anomaly"].to_numpy(), test["score"].to_numpy()
        p_values = test["p_value"].to_numpy()
        # Between the highest score that is not flagged and the lowest that is.
        flagged = p_values <= rate
        threshold = float(scores[~flagged].max()) if not flagged.all() else -np.inf
        calibration = table.loc[table["split"] == "calibration", "score"].to_numpy()
        if len(calibration):
            threshold = conformal_threshold(calibration, rate)
        measured = {
            **detection_metrics(
                is_anomaly,
                scores,
                threshold,
                replicates=parameters.bootstrap_replicates,
                seed=parameters.bootstrap_seed,
            ),
            "threshold": threshold,
            "target_false_positive_rate": rate,
        }
        if len(calibration):
            drift = score_drift(calibration, scores[is_anomaly == 0])
            measured["normal_drift_ks_p"] = drift.ks_p_value
            measured["normal_drift_psi"] = drift.psi
        for other in further:
            at = p_values <= other
            measured[f"at_{other:g}.false_positive_rate"] = float(at[is_anomaly == 0].mean())
            measured[f"at_{other:g}.true_positive_rate"] = float(at[is_anomaly == 1].mean())
        measured |= _variant_metrics(name, measured["auroc"], compared)
        metrics |= {f"{name}.{metric}": value for metric, value in measured.items()}
        false_positive_rates, true_positive_rates, _ = roc_curve(is_anomaly, scores)
        curves[name] = (false_positive_rates, true_positive_rates)
        histograms[name] = DetectorScores(
            scores[is_anomaly == 0], scores[is_anomaly == 1], threshold
        )
    return metrics, roc_curves(curves), score_histograms(histograms)


def explain_items(
    kinds: Kinds,
    items: np.ndarray,
    index: Any,
    anomaly_scores: Any,
    artifact: Any,
    estimators: Any,
    parameters: DetectParameters,
) -> tuple[Any, np.ndarray]:
    """Explain test items by every detector that can: the most anomalous, and the most wrong.

    Args:
        kinds: the detectors of the modality.
        items: (N, …), row by row as the index.
        index: data frame of N rows with `id`.
        anomaly_scores: as `score_items` returns them.
        artifact: the packed detectors.
        estimators: their scikit-learn objects.
        parameters: of the stage.

    Returns:
        Data frame of E examples in display order: detector, group (``most_anomalous``, ``missed``
        or ``false_alarm``), rank, id and row (of ``items``); and what their detectors' `explain`
        returns of them, float32 (E, …).
    """
    import pandas as pd

    row_of = {identity: row for row, identity in enumerate(index["id"])}
    tested = anomaly_scores[anomaly_scores["split"] == "test"]
    detectors = unpack_detectors(kinds, artifact, estimators)
    tables, explanations = [], []
    for name in parameters.detectors:
        own = tested[tested["detector"] == name]
        picked = pick_examples(
            own["is_anomaly"], own["score"], own["flag"], parameters.examples_per_group
        )
        ids = own["id"].to_numpy()[[example.row for example in picked]]
        rows = np.array([row_of[identity] for identity in ids], dtype=np.int64)
        explained = detectors[name].explain(items[rows])
        if explained is None:
            continue
        explanations.append(explained)
        tables.append(
            pd.DataFrame(
                {
                    "detector": name,
                    "group": [example.group for example in picked],
                    "rank": np.array([example.rank for example in picked], dtype=np.int64),
                    "id": ids,
                    "row": rows,
                }
            )
        )
    if not tables:
        empty = pd.DataFrame({"detector": [], "group": [], "rank": [], "id": [], "row": []})
        return empty.astype({"rank": np.int64, "row": np.int64}), np.empty((0,), np.float32)
    return pd.concat(tables, ignore_index=True), np.concatenate(explanations)


def _variant_metrics(name: str, own: float, compared: list[dict[str, Any]]) -> dict[str, float]:
    """AUROC of the untrained detector, and mean and deviation over the seeds, where measured."""
    metrics = {}
    rows = [row for row in compared if row["detector"] == name]
    seeds = [own, *(row["auroc"] for row in rows if row["variant"] != "untrained")]
    if len(seeds) > 1:
        metrics["seeds.auroc_mean"] = float(np.mean(seeds))
        metrics["seeds.auroc_deviation"] = float(np.std(seeds, ddof=1))
    for row in rows:
        if row["variant"] == "untrained":
            metrics["untrained.auroc"] = row["auroc"]
    return metrics
