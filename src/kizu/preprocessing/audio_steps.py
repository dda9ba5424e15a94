"""The steps that the audio preprocessing may name."""

from collections.abc import Mapping

from kizu.preprocessing.steps import Function
from kizu.preprocessing.warping import pitch_shift, time_stretch, warp_frequencies
from kizu.preprocessing.waveforms import clip, cut, fit_length, resample, to_mono

AUDIO_STEPS: Mapping[str, Function] = {
    "clip": clip,
    "cut": cut,
    "fit_length": fit_length,
    "pitch_shift": pitch_shift,
    "resample": resample,
    "time_stretch": time_stretch,
    "to_mono": to_mono,
    "warp_frequencies": warp_frequencies,
}
