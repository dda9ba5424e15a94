"""Sounds at another pitch, tempo, or from another vocal tract."""

import math
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from kizu.preprocessing.waveforms import Waveform

# Up to this share of the Nyquist frequency the warp is a plain multiplication (4,800 of 8,000 Hz
# in Jaitly and Hinton).
_LINEAR_SHARE = 0.6
_WINDOW_SECONDS = 0.1
_OVERLAP = 4  # windows over each sample
_PHASE_ITERATIONS = 32


def pitch_shift(
    waveform: Waveform, *, semitones: Annotated[float, Field(ge=-48, le=48)]
) -> Waveform:
    """Return the sound higher (or lower) by ``semitones``, as long as before.

    A phase vocoder stretches the time by 2^(semitones / 12), and resampling undoes that.
    """
    import librosa

    shifted = librosa.effects.pitch_shift(
        waveform.samples,
        sr=waveform.rate,
        n_steps=semitones,
        res_type="soxr_hq",
        n_fft=_window_length(waveform.rate),
    )
    return replace(waveform, samples=shifted)


def time_stretch(waveform: Waveform, *, speed: Annotated[float, Field(ge=0.1, le=10)]) -> Waveform:
    """Return the sound at ``speed`` times its tempo, with its pitch: 2 is half as long.

    By a phase vocoder.
    """
    import librosa

    stretched = librosa.effects.time_stretch(
        waveform.samples, rate=speed, n_fft=_window_length(waveform.rate)
    )
    return replace(waveform, samples=stretched)


def warp_frequencies(
    waveform: Waveform, *, factor: Annotated[float, Field(gt=0.5, lt=2)]
) -> Waveform:
    """Return the sound with its frequency axis warped, as from a shorter or longer vocal tract.

    The vocal tract length normalization (VTLN) of Lee and Rose, "Speaker normalization using
    efficient frequency warping procedures" (1996), with the warp :func:`warp` over short-time
    spectra. Warped magnitudes have no phases of their own: these are estimated by the algorithm of
    Griffin and Lim, "Signal estimation from modified short-time Fourier transform" (1984), which
    starts at fixed phases, so that equal sounds stay equal. A factor of 1 changes nothing.
    """
    import librosa

    if factor == 1:
        return waveform
    window = _window_length(waveform.rate)
    hop = window // _OVERLAP
    spectrum = librosa.stft(waveform.samples, n_fft=window, hop_length=hop)
    magnitudes = np.abs(spectrum)
    bins = magnitudes.shape[-2]
    # What ends in each bin came from this place.
    origin = unwarp(np.linspace(0, 1, bins), factor) * (bins - 1)
    below = np.minimum(origin.astype(np.int64), bins - 2)
    share = (origin - below).astype(np.float32)[:, np.newaxis]
    warped = magnitudes[..., below, :] * (1 - share) + magnitudes[..., below + 1, :] * share
    samples = librosa.griffinlim(
        warped,
        n_iter=_PHASE_ITERATIONS,
        n_fft=window,
        hop_length=hop,
        length=waveform.samples.shape[-1],
        random_state=0,
    )
    return replace(waveform, samples=samples.astype(np.float32))


def warp(frequencies: np.ndarray, factor: float) -> np.ndarray:
    """Return where frequencies end, in units of the Nyquist frequency, 0 to 1.

    The piecewise linear warp of Jaitly and Hinton, "Vocal tract length perturbation (VTLP)
    improves speech recognition" (2013): multiplied by ``factor`` up to a knee, and from there in
    a straight line to the Nyquist frequency, which stays where it is.
    """
    return np.interp(frequencies, *_knots(factor))


def unwarp(frequencies: np.ndarray, factor: float) -> np.ndarray:
    """Return where frequencies came from: the inverse of :func:`warp`."""
    before, after = _knots(factor)
    return np.interp(frequencies, after, before)


def _knots(factor: float) -> tuple[list[float], list[float]]:
    knee = _LINEAR_SHARE * min(factor, 1)
    return [0, knee / factor, 1], [0, knee, 1]


def _window_length(rate: int) -> int:
    """Return the power of two nearest to a tenth of a second: 2,048 samples at 22,050 Hz."""
    return 2 ** round(math.log2(_WINDOW_SECONDS * rate))
