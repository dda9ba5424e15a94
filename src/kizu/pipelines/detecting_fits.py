"""Nodes of the stages that detect anomalies: fitting, once and again for comparison."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.detecting import Modality, divide
from kizu.pipelines.detecting_parameters import DetectParameters
from kizu.pipelines.run_costs import log_costs, watched

logger = logging.getLogger(__name__)


def fit_detectors(
    modality: Modality,
    items: np.ndarray,
    index: Any,
    parameters: DetectParameters,
    checkpoints: Path,
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]:
    """Fit every detector to the normal items of the train split, and to nothing else.

    What differs from run to run is logged (see `run_costs`): ``<detector>.fit_seconds``, which of
    a resumed training counts the rest, and ``.fit_process_peak_mebibytes`` and
    ``.fit_growth_mebibytes``.

    Args:
        modality: of the items.
        items: (N, …), row by row as the index.
        index: data frame of N rows with `id`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings; each has its own subfolder.

    Returns:
        The packed detectors, their scikit-learn objects, and the history of their trainings.

    Raises:
        SplitError: an item is in two splits.
        ValueError: as `divide`.
    """
    from kizu.detection.packing import build_detector, pack_detectors
    from kizu.detection.protocol import Detector, Trains

    modality.check(items, index)
    normal = modality.read(items, parameters)[divide(index, parameters).fit]
    detectors: dict[str, Detector[Any]] = {}
    history: list[dict[str, float]] = []
    for name in parameters.detectors:
        detector = build_detector(modality.kinds(), name, parameters.of(name), checkpoints)
        with watched() as cost:
            detectors[name] = detector.fit(normal)
        if isinstance(detector, Trains):
            history += detector.history
        log_costs(
            name,
            fit_seconds=cost.seconds,
            fit_process_peak_mebibytes=cost.process_peak_mebibytes,
            fit_growth_mebibytes=cost.growth_mebibytes,
        )
        logger.info("%s: fitted to %d items in %.1f s", name, len(normal), cost.seconds)
    artifact, estimators = pack_detectors(detectors)
    return artifact, estimators, history


def compare_variants(
    modality: Modality,
    items: np.ndarray,
    index: Any,
    parameters: DetectParameters,
    checkpoints: Path,
) -> list[dict[str, Any]]:
    """Fit the detectors again, under other seeds and untrained, and measure each on the test split.

    Args:
        modality: of the items.
        items: (N, …), row by row as the index.
        index: data frame of N rows with `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings.

    Returns:
        A row a variant: ``detector``, ``variant`` (see `kizu.detection.variants`) and ``auroc``.
    """
    from kizu.detection.packing import build_detector
    from kizu.detection.variants import variants
    from kizu.evaluation.detection import auroc

    roles = divide(index, parameters)
    items = modality.read(items, parameters)
    is_anomaly = ~roles.normal[roles.test]
    rows = []
    for name in parameters.detectors:
        for variant, own in variants(
            parameters.of(name),
            repetitions=parameters.repetitions,
            compare_untrained=parameters.compare_untrained,
        ):
            folder = checkpoints / variant.replace(" ", "_")
            detector = build_detector(modality.kinds(), name, own, folder)
            scores = detector.fit(items[roles.fit]).score(items[roles.test])
            rows.append({"detector": name, "variant": variant, "auroc": auroc(is_anomaly, scores)})
    return rows
