"""The steps that the audio preprocessing may name."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator

from kizu.preprocessing.steps import Function, Step, parse_steps
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

AudioSteps = Annotated[
    tuple[Step, ...], BeforeValidator(partial(parse_steps, functions=AUDIO_STEPS))
]
"""A list of these steps in the parameters."""
