"""Audio examples: the clip to listen to, its spectrogram, and what in it was unexpected."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kizu.reporting.document import Block, Picture
from kizu.reporting.exhibits import Clip, ModalityExamples, Views
from kizu.reporting.pictures import data_uri, heat_map, shrink
from kizu.reporting.sections.detected import Detected
from kizu.reporting.sections.examples import highest_explanations, modality_examples

# Bytes of all sounds together; in the page they take a third more.
_MOST_SOUND = 3 * 2**20
_MOST_BANDS, _MOST_FRAMES = 64, 128
_VIEW_WIDTH = 132


def audio_examples(
    detected: Detected,
    examples: Any,
    *,
    names: list[str],
    read_clip: Callable[[str], bytes],
    features: np.ndarray,
    explanations: np.ndarray,
) -> ModalityExamples:
    """Test clips with their spectrograms and heat maps over time and frequency.

    Args:
        detected: the detectors.
        examples: one row an example: detector, group, rank, id, row (of ``features``).
        names: of each clip's file, row by row as ``features``.
        read_clip: returns the FLAC file of a name.
        features: (N, bands, frames) in decibels.
        explanations: (E, bands, frames), the larger, the more it disagrees with normal.
    """
    highest = highest_explanations(examples, explanations)
    shown = [names[row] for row in examples["row"]]
    sounds = _embedded(shown, examples["rank"].tolist(), read_clip)
    contents: list[list[Block]] = []
    for position, row in enumerate(examples["row"]):
        views = sound_views(features[row], explanations[position], highest[position])
        contents.append([Clip(shown[position], sounds[position]), views])
    lead = (
        "The clip to listen to, its log-mel spectrogram (time to the right, frequency upward, "
        "loud is bright) and the heat map: the brighter, the more a band at a moment departs from "
        "what was expected. All heat maps of a group share one scale."
    )
    return modality_examples(detected, examples, contents, lead=lead)


def sound_views(features: np.ndarray, explanation: np.ndarray, highest: float) -> Views:
    """A spectrogram beside its heat map; time runs right, frequency up.

    Args:
        features: (bands, frames) in decibels.
        explanation: (bands, frames), the larger, the more it disagrees with normal.
        highest: the value drawn brightest.
    """
    heat = heat_map(_seen(explanation), highest)
    return Views(
        [
            _view(_gray(_seen(features)), "spectrogram", "spectrogram of the clip"),
            _view(heat, "heat map", "heat map of the spectrogram"),
        ]
    )


def _embedded(
    names: list[str], ranks: list[int], read_clip: Callable[[str], bytes]
) -> dict[int, str]:
    """Data URIs by position, the first of every group before any second, while there is room."""
    sources = dict.fromkeys(range(len(names)), "")
    room = _MOST_SOUND
    for position in sorted(sources, key=lambda position: (ranks[position], position)):
        content = read_clip(names[position])
        if len(content) <= room:
            room -= len(content)
            sources[position] = data_uri(content, "audio/flac")
    return sources


def _seen(values: np.ndarray) -> np.ndarray:
    """(bands, frames) as drawn: the lowest band below, and no more pixels than there is room."""
    return shrink(values[::-1], _MOST_BANDS, _MOST_FRAMES)


def _gray(decibels: np.ndarray) -> np.ndarray:
    low, high = float(decibels.min()), float(decibels.max())
    return np.rint(255 * (decibels - low) / ((high - low) or 1.0)).astype(np.uint8)


def _view(pixels: np.ndarray, caption: str, alt: str) -> Picture:
    return Picture.view(pixels, longest=_VIEW_WIDTH, alt=alt, caption=caption)
