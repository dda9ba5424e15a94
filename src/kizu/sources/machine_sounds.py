"""Sounds of a machine that does not exist: the built-in audio.

A motor hums at a speed and load of its own in every clip. Some clips have one fault, from faint to
clear. What a detector reaches here says that it works, not how it does on a real machine.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.audio_files import encode_audio
from kizu.preprocessing.waveforms import Waveform, rms
from kizu.sources.files import MadeFile
from kizu.sources.origin import Origin, Source

NORMAL = "normal"
_HIGHEST_SHARE = 0.45  # of the sampling rate: no partial comes nearer to the Nyquist frequency
_PARTIALS = 24


class MachineSoundsParameters(Parameters):
    """How many machine sounds are made, and how."""

    normal_clips: int = Field(gt=0, description="Clips without a fault.")
    clips_per_fault: int = Field(ge=0, description="Clips of each fault.")
    seconds: float = Field(gt=0.1, description="Length of a clip.")
    rate: int = Field(ge=4000, description="Samples a second.")
    seed: int = Field(ge=0, description="Of all that is random.")


def open_machine_sounds(parameters: MachineSoundsParameters) -> Source:
    """Return the synthetic machine sounds, 16-bit WAV files labeled with their fault.

    A clip's id says how severe its fault is, in percent. A clip depends on the seed, its label and
    its number alone: more clips leave the others as they are.
    """
    origin = Origin(
        name="machine_sounds",
        title="Synthetic machine sounds, made by this package",
        note="The machine sounds are synthetic: hum and faults are made by formulas. Results on "
        "them show that the pipeline works, not how well it hears a real machine.",
    )
    return Source(origin, _clips(parameters))


def synthesize(
    fault: str, severity: float, *, seconds: float, rate: int, random: np.random.Generator
) -> Waveform:
    """Return a clip of the machine, (T,) samples.

    Args:
        fault: ``normal``, ``knocks``, ``whine`` or ``dropouts``.
        severity: of the fault, from 0 (faint) to 1 (clear).
        seconds: its length.
        rate: samples a second.
        random: for its speed, load, drift and noise, and for the fault's particulars.
    """
    samples = _hum(round(seconds * rate), rate, random)
    if fault != NORMAL:
        samples = _FAULTS[fault](samples, rate, severity, random)
    return Waveform(samples.astype(np.float32), rate)


def _clips(parameters: MachineSoundsParameters) -> Iterator[MadeFile]:
    counts = {NORMAL: parameters.normal_clips}
    counts |= dict.fromkeys(_FAULTS, parameters.clips_per_fault)
    for kind, (label, count) in enumerate(counts.items()):
        for number in range(count):
            seed = (parameters.seed, kind, number)
            severity = np.random.default_rng(seed).uniform()
            identity = f"{label}-{number:04d}"
            if label != NORMAL:
                identity += f"-severity-{100 * severity:03.0f}"
            make = partial(_make, label, seed, parameters.seconds, parameters.rate)
            yield MadeFile(identity, f"{label}/{identity}.wav", label, make)


def _make(label: str, seed: tuple[int, int, int], seconds: float, rate: int) -> bytes:
    random = np.random.default_rng(seed)
    clip = synthesize(label, random.uniform(), seconds=seconds, rate=rate, random=random)
    return encode_audio(clip, "WAV")


def _hum(length: int, rate: int, random: np.random.Generator) -> np.ndarray:
    """Return harmonics of a drifting speed, louder under load, over the noise of a flow."""
    time = np.arange(length) / rate
    speed, load = random.uniform(40, 60), random.uniform(0.4, 1)
    phase = 2 * np.pi * np.cumsum(speed * _drift(time, 0.01, random)) / rate
    orders = np.arange(1, _PARTIALS + 1)
    orders = orders[orders * speed < _HIGHEST_SHARE * rate]
    # A load brings out the high partials; each machine setting colors them a little differently.
    strengths = orders ** (load - 2.0) * np.exp(random.normal(0, 0.2, len(orders)))
    offsets = random.uniform(0, 2 * np.pi, len(orders))
    # A sum of a_k sin(k φ + o_k) is the imaginary part of a polynomial in exp(iφ).
    coefficients = np.concatenate([[0], strengths * np.exp(1j * offsets)])
    partials = np.polynomial.polynomial.polyval(np.exp(1j * phase), coefficients).imag
    hum = partials / np.sqrt(np.mean(partials**2)) * _drift(time, 0.1, random)
    frequencies = np.fft.rfftfreq(length, 1 / rate)
    spectrum = np.fft.rfft(random.standard_normal(length)) / np.hypot(1, frequencies / 600)
    flow = np.fft.irfft(spectrum, length)
    flow /= np.sqrt(np.mean(flow**2))
    return load * (0.1 * hum + random.uniform(0.01, 0.03) * flow)


def _drift(time: np.ndarray, depth: float, random: np.random.Generator) -> np.ndarray:
    """Return a factor that moves slowly around 1."""
    return 1 + depth * np.sin(
        2 * np.pi * random.uniform(0.3, 1.5) * time + random.uniform(0, 2 * np.pi)
    )


def _knocks(
    samples: np.ndarray, rate: int, severity: float, random: np.random.Generator
) -> np.ndarray:
    """Add a train of short rings: something loose strikes the housing again and again."""
    interval = 1 / random.uniform(4, 12)
    starts = np.arange(random.uniform(0, interval), len(samples) / rate, interval)
    starts = starts + random.normal(0, 0.03 * interval, len(starts))
    strikes = np.zeros(len(samples))
    places = np.clip((starts * rate).astype(np.int64), 0, len(samples) - 1)
    np.add.at(strikes, places, random.uniform(0.7, 1, len(places)))
    time = np.arange(round(0.06 * rate)) / rate
    pitch = min(random.uniform(1200, 3000), _HIGHEST_SHARE * rate)
    ring = np.exp(-time / random.uniform(0.004, 0.012)) * np.sin(2 * np.pi * pitch * time)
    level = _level(samples, -16, 14, severity)
    return samples + level * np.convolve(strikes, ring)[: len(samples)]


def _whine(
    samples: np.ndarray, rate: int, severity: float, random: np.random.Generator
) -> np.ndarray:
    """Add a high tone that wavers a little: a dry bearing."""
    time = np.arange(len(samples)) / rate
    pitch = min(random.uniform(1300, 3300), _HIGHEST_SHARE * rate)
    phase = 2 * np.pi * np.cumsum(pitch * _drift(time, 0.004, random)) / rate
    return samples + _level(samples, -36, -8, severity) * np.sin(phase)


def _dropouts(
    samples: np.ndarray, rate: int, severity: float, random: np.random.Generator
) -> np.ndarray:
    """Weaken the sound for some moments: a loose contact."""
    time = np.arange(len(samples)) / rate
    gain = np.ones(len(samples))
    for _ in range(random.integers(1, 5)):
        half = random.uniform(0.02, 0.08)
        middle = random.uniform(half, max(half, time[-1] - half))
        # Soft edges of a few milliseconds: the gap is to be heard, not a click.
        inside = 0.5 - 0.5 * np.tanh((np.abs(time - middle) - half) / 0.002)
        gain = np.minimum(gain, 1 - (0.15 + 0.84 * severity) * inside)
    return samples * gain


def _level(samples: np.ndarray, faint: float, clear: float, severity: float) -> float:
    """Return an amplitude between two, given in decibels above the RMS of the hum."""
    return rms(Waveform(samples, 1)) * 10 ** ((faint + (clear - faint) * severity) / 20)


_FAULTS: dict[str, Callable[[np.ndarray, int, float, np.random.Generator], np.ndarray]] = {
    "knocks": _knocks,
    "whine": _whine,
    "dropouts": _dropouts,
}
