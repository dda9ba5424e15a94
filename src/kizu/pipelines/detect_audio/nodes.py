"""Nodes of the stage `detect_audio`."""

from typing import Any

import numpy as np

from kizu.detection.protocol import Kinds
from kizu.pipelines.detect_audio.parameters import DetectAudioParameters
from kizu.pipelines.detecting import Modality, check_contents
from kizu.preprocessing.log_mel import LogMelParameters
from kizu.sources.audio import AudioChecks


def audio_detectors() -> Kinds:
    """Import the audio detectors."""
    from kizu.detection.audio.registry import AUDIO_DETECTORS

    return AUDIO_DETECTORS


AUDIO = Modality("audio", "audio_features", DetectAudioParameters, audio_detectors, check_contents)
"""Clips as log-mel spectrograms in decibels, float32 (N, bands, frames)."""


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
