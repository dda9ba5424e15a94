"""Exhibits of operations on the spectrum of sound: spectra, pitch, tempo, warps and features."""

import numpy as np

from kizu.preprocessing.log_mel import LogMel, LogMelParameters
from kizu.preprocessing.spectrograms import mel_decibels, stft_decibels
from kizu.preprocessing.warping import pitch_shift, time_stretch, warp, warp_frequencies
from kizu.preprocessing.waveforms import Waveform, amplitude_spectrum
from kizu.reporting.audio_figures import (
    Sound,
    Spectrogram,
    frequency_warps,
    spectra,
    spectrograms,
    waveforms,
)
from kizu.reporting.gallery import Exhibit, exhibit

SEMITONES = (10.0, -5.0)
SPEEDS = (0.5, 2.0)
WARP_FACTORS = (0.85, 1.15)

_WINDOW, _HOP, _BANDS = 256, 64, 40


def show_spectrum(sample: Waveform) -> Exhibit:
    """The amplitudes of its frequencies."""
    frequencies, amplitudes = amplitude_spectrum(sample)
    loudest = int(amplitudes.argmax())
    return exhibit(
        "amplitude_spectrum",
        "Amplitude spectrum",
        f"The loudest frequency is {frequencies[loudest]:.1f} Hz with an amplitude of "
        f"{amplitudes[loudest]:.4f}; bins are {frequencies[1]:.2f} Hz wide.",
        spectra({"amplitude": (frequencies, amplitudes)}),
    )


def show_spectrograms(sample: Waveform) -> Exhibit:
    """Its spectrum over time, on the linear and the mel scale."""
    linear = _spectrogram("STFT", sample)
    bands = mel_decibels(sample, window_length=_WINDOW, hop_length=_HOP, bands=_BANDS)
    return exhibit(
        "spectrogram",
        "Spectrograms: short-time Fourier transform and mel",
        f"Windows of {_WINDOW} samples every {_HOP}: {linear.decibels.shape[0]} frequencies or "
        f"{bands.shape[0]} mel bands by {bands.shape[1]} frames, in decibels below the loudest.",
        spectrograms([linear, Spectrogram("mel", bands, sample.seconds)]),
    )


def show_pitch(sample: Waveform) -> Exhibit:
    """The pitch moved up and down, the length kept."""
    sounds = {"as it was": sample}
    for semitones in SEMITONES:
        sounds[f"{semitones:+.0f} semitones"] = pitch_shift(sample, semitones=semitones)
    loudest = ", ".join(
        f"{name} {_loudest_frequency(sound):.1f} Hz" for name, sound in sounds.items()
    )
    factors = " and ".join(f"{2 ** (semitones / 12):.3f}" for semitones in SEMITONES)
    return exhibit(
        "pitch_shift",
        "Shift the pitch",
        f"The loudest frequency: {loudest}. The shifts multiply by {factors}; the length stays "
        f"{sample.seconds:.3f} s.",
        spectrograms([_spectrogram(name, sound) for name, sound in sounds.items()]),
    )


def show_tempo(sample: Waveform) -> Exhibit:
    """Slower and faster, the pitch kept."""
    sounds = {"as it was": sample}
    for speed in SPEEDS:
        sounds[f"speed {speed:g}"] = time_stretch(sample, speed=speed)
    durations = ", ".join(f"{name}: {sound.seconds:.3f} s" for name, sound in sounds.items())
    return exhibit(
        "time_stretch",
        "Stretch the time",
        f"Longer or shorter with the pitch kept: {durations}.",
        waveforms([Sound(name, sound.samples, sound.rate) for name, sound in sounds.items()]),
    )


def show_vocal_tract(sample: Waveform) -> Exhibit:
    """The frequency axis warped, as by a longer and a shorter vocal tract."""
    before = np.linspace(0, 1, 101)
    nyquist = sample.rate / 2
    lines, facts = {}, []
    for factor in WARP_FACTORS:
        lines[f"factor {factor:g}"] = (before * nyquist, warp(before, factor) * nyquist)
        warped = warp_frequencies(sample, factor=factor)
        facts.append(f"{_loudest_frequency(warped):.1f} Hz with {factor:g}")
    return exhibit(
        "warp_frequencies",
        "Warp the frequency axis (vocal tract length normalization)",
        f"The loudest frequency, {_loudest_frequency(sample):.1f} Hz, becomes "
        + ", ".join(facts)
        + ". The lines show where each frequency ends; both ends of the axis stay.",
        frequency_warps(lines),
    )


def show_features(sample: Waveform, log_mel: LogMelParameters) -> Exhibit:
    """The features that models get."""
    halves = np.array_split(sample.samples[: len(sample.samples) // 2 * 2], 2)
    features = LogMel(sample.rate, log_mel)(np.stack(halves))
    return exhibit(
        "log_mel",
        "Log-mel features, many clips at once",
        f"Both halves of the sound in one call: features of shape {features.shape} from "
        f"{features.min():.1f} to {features.max():.1f} dB, with windows of "
        f"{log_mel.window_length} samples every {log_mel.hop_length}.",
        spectrograms(
            [
                Spectrogram(title, half - half.max(), sample.seconds / 2)
                for title, half in zip(("first half", "second half"), features, strict=True)
            ]
        ),
    )


def _spectrogram(title: str, sound: Waveform) -> Spectrogram:
    decibels = stft_decibels(sound, window_length=_WINDOW, hop_length=_HOP)
    return Spectrogram(title, decibels, sound.seconds, sound.rate / 2)


def _loudest_frequency(sound: Waveform) -> float:
    frequencies, amplitudes = amplitude_spectrum(sound)
    return float(frequencies[amplitudes.argmax()])
