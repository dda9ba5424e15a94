"""Nodes of the stage `detect_images`."""

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.detect_images.parameters import DetectImagesParameters

logger = logging.getLogger(__name__)


def fit_detectors(
    images: np.ndarray, image_index: Any, parameters: DetectImagesParameters, checkpoints: Path
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]:
    """Fit every detector to the normal images of the train split, and to nothing else.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `id`, `label` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings; each has its own subfolder.

    Returns:
        The packed detectors, their scikit-learn objects, and the history of their trainings.

    Raises:
        SplitError: an image is in two splits.
        ValueError: a normal class that no image has, or too few normal images to calibrate on.
    """
    from kizu.detection.conformal import check_calibration_size
    from kizu.detection.protocol import Trains
    from kizu.detection.registry import build_detector, pack_detectors
    from kizu.preprocessing.splits import check_disjoint, content_hashes

    splits = image_index["split"].to_numpy()
    check_disjoint(image_index["id"].tolist(), content_hashes(images), splits.tolist())
    normal = _is_normal(image_index, parameters)
    # Before hours of training, not after.
    check_calibration_size(
        int((normal & (splits == "calibration")).sum()), parameters.false_positive_rate
    )
    fitted_on = images[normal & (splits == "train")]
    detectors: dict[str, Any] = {}
    history: list[dict[str, float]] = []
    for name in parameters.detectors:
        start = time.perf_counter()
        detector = build_detector(name, getattr(parameters, name), checkpoints)
        detectors[name] = detector.fit(fitted_on)
        if isinstance(detector, Trains):
            history += detector.history
        logger.info(
            "%s: fitted to %d images in %.1f s", name, len(fitted_on), time.perf_counter() - start
        )
    artifact, estimators = pack_detectors(detectors)
    return artifact, estimators, history


def score_images(
    images: np.ndarray,
    image_index: Any,
    image_detectors: Any,
    image_estimators: Any,
    parameters: DetectImagesParameters,
) -> Any:
    """Score the normal images of the calibration split, and the whole test split.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `id`, `label`, `class_name` and `split`.
        image_detectors: the packed detectors.
        image_estimators: their scikit-learn objects.
        parameters: of the stage.

    Returns:
        Data frame, one row a detector and image: id, label, class_name, is_anomaly (0 or 1),
        split, detector, score, p_value (of the test split; what calibrates has none) and flag.
    """
    import pandas as pd

    from kizu.detection.conformal import conformal_p_values, conformal_threshold
    from kizu.detection.registry import unpack_detectors

    normal = _is_normal(image_index, parameters)
    splits = image_index["split"].to_numpy()
    calibrates = normal & (splits == "calibration")
    rows = np.flatnonzero(calibrates | (splits == "test"))
    scored = image_index.iloc[rows][["id", "label", "class_name"]].assign(
        is_anomaly=(~normal[rows]).astype(np.int64), split=splits[rows]
    )
    in_calibration = calibrates[rows]
    tables = []
    detectors = unpack_detectors(image_detectors, image_estimators)
    for name in parameters.detectors:
        start = time.perf_counter()
        scores = detectors[name].score(images[rows])
        seconds = time.perf_counter() - start
        logger.info(
            "%s: scored %d images in %.1f s, %.2f ms each",
            name,
            len(rows),
            seconds,
            1000 * seconds / len(rows),
        )
        calibration = scores[in_calibration]
        p_values = conformal_p_values(calibration, scores)
        threshold = conformal_threshold(calibration, parameters.false_positive_rate)
        tables.append(
            scored.assign(
                detector=name,
                score=scores,
                p_value=np.where(in_calibration, np.nan, p_values),
                flag=scores > threshold,
            )
        )
    return pd.concat(tables, ignore_index=True)


def measure_detection(
    image_scores: Any, parameters: DetectImagesParameters
) -> tuple[dict[str, float], Any, Any]:
    """Measure every detector on the test split, at the threshold set on the calibration split.

    Args:
        image_scores: as `score_images` returns them.
        parameters: of the stage.

    Returns:
        Flat metrics ``<detector>.<metric>``, the ROC curves, and the histograms of scores.
    """
    from sklearn.metrics import roc_curve

    from kizu.detection.conformal import conformal_threshold
    from kizu.evaluation.detection import detection_metrics
    from kizu.reporting.figures import roc_curves, score_histograms
    from kizu.reporting.series import DetectorScores

    metrics: dict[str, float] = {}
    curves, histograms = {}, {}
    for name, table in image_scores.groupby("detector", sort=False):
        calibration = table.loc[table["split"] == "calibration", "score"].to_numpy()
        test = table[table["split"] == "test"]
        is_anomaly, scores = test["is_anomaly"].to_numpy(), test["score"].to_numpy()
        threshold = conformal_threshold(calibration, parameters.false_positive_rate)
        measured = {
            **detection_metrics(
                is_anomaly,
                scores,
                threshold,
                replicates=parameters.bootstrap_replicates,
                seed=parameters.bootstrap_seed,
            ),
            "threshold": threshold,
            "target_false_positive_rate": parameters.false_positive_rate,
        }
        metrics |= {f"{name}.{metric}": value for metric, value in measured.items()}
        false_positive_rates, true_positive_rates, _ = roc_curve(is_anomaly, scores)
        curves[name] = (false_positive_rates, true_positive_rates)
        histograms[name] = DetectorScores(
            scores[is_anomaly == 0], scores[is_anomaly == 1], threshold
        )
    return metrics, roc_curves(curves), score_histograms(histograms)


def explain_images(
    images: np.ndarray,
    image_index: Any,
    image_scores: Any,
    image_detectors: Any,
    image_estimators: Any,
    parameters: DetectImagesParameters,
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Explain test images by every detector that can: the most anomalous, and the most wrong.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `id`.
        image_scores: as `score_images` returns them.
        image_detectors: the packed detectors.
        image_estimators: their scikit-learn objects.
        parameters: of the stage.

    Returns:
        Data frame of E examples in display order: detector, group (``most_anomalous``, ``missed``
        or ``false_alarm``), rank and id; their residual maps (E, H, W) float32 in [0, 1]; and
        their reconstructions (E, C, H, W) uint8.
    """
    import pandas as pd

    from kizu.detection.examples import pick_examples
    from kizu.detection.images.arrays import residual_map
    from kizu.detection.protocol import Reconstructs
    from kizu.detection.registry import unpack_detectors

    row_of = {identity: row for row, identity in enumerate(image_index["id"])}
    tested = image_scores[image_scores["split"] == "test"]
    examples: dict[str, list[Any]] = {"detector": [], "group": [], "rank": [], "id": []}
    chosen = [np.empty((0, *images.shape[1:]), np.uint8)]
    reconstructions = [np.empty((0, *images.shape[1:]), np.uint8)]
    detectors = unpack_detectors(image_detectors, image_estimators)
    for name in parameters.detectors:
        detector = detectors[name]
        if not isinstance(detector, Reconstructs):
            continue
        own = tested[tested["detector"] == name]
        picked = pick_examples(
            own["is_anomaly"], own["score"], own["flag"], parameters.examples_per_group
        )
        ids = own["id"].to_numpy()[[example.row for example in picked]]
        examples["detector"] += [name] * len(picked)
        examples["group"] += [example.group for example in picked]
        examples["rank"] += [example.rank for example in picked]
        examples["id"] += ids.tolist()
        chosen.append(images[[row_of[identity] for identity in ids]])
        reconstructions.append(detector.reconstruct(chosen[-1]))
    shown = np.concatenate(reconstructions)
    table = pd.DataFrame(examples).astype({"rank": np.int64})
    return table, residual_map(np.concatenate(chosen), shown), shown


def _is_normal(image_index: Any, parameters: DetectImagesParameters) -> np.ndarray:
    """Return which rows of the index are normal, (N,) bool."""
    labels = image_index["label"].to_numpy()
    known = set(labels.tolist())
    if missing := [label for label in parameters.normal_classes if label not in known]:
        raise ValueError(
            f"normal_classes={parameters.normal_classes} names {missing}, which no image has; "
            f"choose from: {sorted(known)}"
        )
    return np.isin(labels, parameters.normal_classes)
