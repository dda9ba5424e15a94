"""Nodes of the stages that detect anomalies: figures of the test split."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from kizu.pipelines.detecting_parameters import DetectParameters


def measure_detection(
    anomaly_scores: Any,
    compared: list[dict[str, Any]],
    artifact: Any,
    estimators: Any,
    parameters: DetectParameters,
    *further: Mapping[str, float],
) -> tuple[dict[str, float], Any, Any]:
    """Measure every detector on the test split, at the threshold set on the calibration split.

    Args:
        anomaly_scores: as `score_items` returns them.
        compared: as `compare_variants` returns them.
        artifact: the packed detectors.
        estimators: their scikit-learn objects.
        parameters: of the stage.
        further: flat metrics ``<detector>.<metric>`` of other nodes, to stand beside these.

    Returns:
        Flat metrics ``<detector>.<metric>``, the ROC curves, and the histograms of scores. At each
        further rate, ``<detector>.at_<rate>.false_positive_rate`` and ``.true_positive_rate``;
        both are 0 where the calibration split is too small for the rate, since nothing is flagged.
        ``<detector>.normal_drift_ks_p`` and ``.normal_drift_psi`` compare the normal items of the
        test split with the calibration split, see `kizu.detection.drift`. ``.mebibytes`` is what
        the fitted detector takes as it is stored.
    """
    from sklearn.metrics import roc_curve

    from kizu.detection.conformal import conformal_threshold
    from kizu.detection.drift import score_drift
    from kizu.evaluation.detection import detection_metrics
    from kizu.reporting.figures import roc_curves, score_histograms
    from kizu.reporting.series import DetectorScores

    metrics: dict[str, float] = {}
    curves, histograms = {}, {}
    rate, *other_rates = parameters.false_positive_rates
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
        for other in other_rates:
            at = p_values <= other
            measured[f"at_{other:g}.false_positive_rate"] = float(at[is_anomaly == 0].mean())
            measured[f"at_{other:g}.true_positive_rate"] = float(at[is_anomaly == 1].mean())
        measured |= _variant_metrics(name, measured["auroc"], compared)
        # The combination of all detectors is none that is stored.
        if name in artifact["config"]:
            measured["mebibytes"] = _stored_bytes(name, artifact, estimators) / 2**20
        metrics |= {f"{name}.{metric}": value for metric, value in measured.items()}
        false_positive_rates, true_positive_rates, _ = roc_curve(is_anomaly, scores)
        curves[name] = (false_positive_rates, true_positive_rates)
        histograms[name] = DetectorScores(
            scores[is_anomaly == 0], scores[is_anomaly == 1], threshold
        )
    for others in further:
        metrics |= others
    return metrics, roc_curves(curves), score_histograms(histograms)


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


def _stored_bytes(name: str, artifact: Any, estimators: Any) -> int:
    """The bytes of a packed detector: configuration, tensors and scikit-learn objects."""
    from skops.io import dumps

    from kizu.datasets.skops import without_addresses

    size = len(json.dumps(artifact["config"][name]))
    size += sum(
        tensor.nbytes for key, tensor in artifact["tensors"].items() if key.startswith(f"{name}.")
    )
    if own := estimators.get(name):
        size += len(without_addresses(dumps(own)))
    return size
