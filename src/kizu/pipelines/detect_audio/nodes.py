"""Nodes of the stage `detect_audio`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.detect_audio.parameters import DetectAudioParameters
from kizu.preprocessing.log_mel import LogMelParameters
from kizu.sources.audio import AudioChecks


def fit_audio_detectors(
    audio_features: np.ndarray,
    audio_index: Any,
    parameters: DetectAudioParameters,
    checkpoints: Path,
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]:
    """Fit every detector to the normal clips of the train split, see `detecting.fit_detectors`.

    Args:
        audio_features: (N, bands, frames) float32, log-mel in decibels.
        audio_index: data frame of N rows with `id`, `class_name` and `split`.
        parameters: of the stage.
        checkpoints: folder of this stage's trainings.

    Raises:
        SplitError: a clip is in two splits.
    """
    from kizu.detection.audio.registry import AUDIO_DETECTORS
    from kizu.pipelines.detecting import fit_detectors
    from kizu.preprocessing.splits import check_disjoint, content_hashes

    check_disjoint(
        audio_index["id"].tolist(), content_hashes(audio_features), audio_index["split"].tolist()
    )
    return fit_detectors(AUDIO_DETECTORS, audio_features, audio_index, parameters, checkpoints)


def score_clips(
    audio_features: np.ndarray,
    audio_index: Any,
    audio_detectors: Any,
    audio_estimators: Any,
    parameters: DetectAudioParameters,
) -> Any:
    """Score the calibration and the test clips, see `detecting.score_items`."""
    from kizu.detection.audio.registry import AUDIO_DETECTORS
    from kizu.pipelines.detecting import score_items

    return score_items(
        AUDIO_DETECTORS, audio_features, audio_index, audio_detectors, audio_estimators, parameters
    )


def compare_audio_detectors(
    audio_features: np.ndarray,
    audio_index: Any,
    parameters: DetectAudioParameters,
    checkpoints: Path,
) -> list[dict[str, Any]]:
    """Fit under other seeds and untrained, see `detecting.compare_variants`."""
    from kizu.detection.audio.registry import AUDIO_DETECTORS
    from kizu.pipelines.detecting import compare_variants

    return compare_variants(AUDIO_DETECTORS, audio_features, audio_index, parameters, checkpoints)


def measure_audio_detection(
    audio_anomaly_scores: Any,
    audio_detector_variants: list[dict[str, Any]],
    parameters: DetectAudioParameters,
) -> tuple[dict[str, float], Any, Any]:
    """Measure every detector on the test clips, see `detecting.measure_detection`."""
    from kizu.pipelines.detecting import measure_detection

    return measure_detection(audio_anomaly_scores, audio_detector_variants, parameters)


def explain_clips(
    audio_features: np.ndarray,
    audio_index: Any,
    audio_anomaly_scores: Any,
    audio_detectors: Any,
    audio_estimators: Any,
    parameters: DetectAudioParameters,
) -> tuple[Any, np.ndarray]:
    """Explain test clips, see `detecting.explain_items`: heat maps float32 (E, bands, frames)."""
    from kizu.detection.audio.registry import AUDIO_DETECTORS
    from kizu.pipelines.detecting import explain_items

    return explain_items(
        AUDIO_DETECTORS,
        audio_features,
        audio_index,
        audio_anomaly_scores,
        audio_detectors,
        audio_estimators,
        parameters,
    )


def describe_audio_scorer(
    audio_features: np.ndarray,
    audio_metrics: dict[str, float],
    checks: AudioChecks,
    steps: Any,
    log_mel: LogMelParameters,
    parameters: DetectAudioParameters,
) -> dict[str, Any]:
    """Return the card of the scorer: all that it takes to score new files, beside the detectors.

    Args:
        audio_features: (N, bands, frames) float32.
        audio_metrics: of the stage `audio`; ``rate`` is that of all clips.
        checks: of the stage `ingest_audio`.
        steps: of the stage `audio`.
        log_mel: of the stage `audio`.
        parameters: of the stage.
    """
    from kizu.scoring.audio.recipe import AudioRecipe
    from kizu.scoring.card import make_card

    recipe = AudioRecipe(
        checks=checks,
        steps=steps,
        log_mel=log_mel,
        rate=int(audio_metrics["rate"]),
        shape=audio_features.shape[1:],
    )
    return make_card(
        "audio",
        recipe,
        normal_classes=parameters.normal_classes,
        false_positive_rates=parameters.false_positive_rates,
        detectors=parameters.detectors,
    )
