"""Sound as numbers: a waveform, its parts, its loudness and its spectrum.

A step of the audio preprocessing takes a :class:`Waveform` and returns one.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

Quality = Literal["QQ", "LQ", "MQ", "HQ", "VHQ"]
# A day: what is longer was meant otherwise, and would fill the memory with zeros.
Seconds = Annotated[float, Field(gt=0, le=86_400)]


@dataclass(frozen=True)
class Waveform:
    """A sound.

    Attributes:
        samples: float32 (T,), or (C, T) with a row a channel; full scale is -1 to 1.
        rate: samples a second.
    """

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        """The duration."""
        return self.samples.shape[-1] / self.rate


def describe(waveform: Waveform) -> dict[str, float]:
    """Return ``rate``, ``channels``, ``samples`` a channel, ``seconds``, ``minimum``, ``maximum``.

    Raises:
        ValueError: the waveform has no samples.
    """
    samples = waveform.samples
    if samples.size == 0:
        raise ValueError("the waveform has no samples: there is no minimum and no maximum")
    return {
        "rate": waveform.rate,
        "channels": 1 if samples.ndim == 1 else len(samples),
        "samples": samples.shape[-1],
        "seconds": waveform.seconds,
        "minimum": float(samples.min()),
        "maximum": float(samples.max()),
    }


def cut(
    waveform: Waveform, *, start: Annotated[float, Field(ge=0, le=86_400)], seconds: Seconds
) -> Waveform:
    """Return the span of ``seconds`` from ``start`` (in seconds), to the nearest sample.

    Raises:
        ValueError: the span reaches beyond the end, or is shorter than a sample.
    """
    first = round(start * waveform.rate)
    last = first + round(seconds * waveform.rate)
    if last == first:
        raise ValueError(f"cut: {seconds:g} s is less than a sample at {waveform.rate} Hz")
    if last > waveform.samples.shape[-1]:
        raise ValueError(
            f"cut: {start:g} s to {start + seconds:g} s is asked for; the clip ends at "
            f"{waveform.seconds:g} s"
        )
    return replace(waveform, samples=waveform.samples[..., first:last])


def to_mono(waveform: Waveform) -> Waveform:
    """Return the mean of all channels, (T,)."""
    if waveform.samples.ndim == 1:
        return waveform
    return replace(waveform, samples=waveform.samples.mean(axis=0, dtype=np.float32))


def resample(
    waveform: Waveform, *, rate: Annotated[int, Field(gt=0, le=1_000_000)], quality: Quality = "HQ"
) -> Waveform:
    """Return the sound at another rate, band-limited to the lower of both Nyquist frequencies.

    The length is rounded to whole samples. The work is done by soxr, whose ``HQ`` keeps aliases
    and images below 16 bits' resolution.
    """
    import soxr

    if rate == waveform.rate:
        return waveform
    channels_last = soxr.resample(waveform.samples.T, waveform.rate, rate, quality=quality)
    samples = np.ascontiguousarray(channels_last.T, dtype=np.float32)
    return _of_length(Waveform(samples, rate), round(waveform.seconds * rate))


def fit_length(waveform: Waveform, *, seconds: Seconds) -> Waveform:
    """Return exactly ``seconds`` of sound: what is longer is cut off, the rest is zeros."""
    return _of_length(waveform, round(seconds * waveform.rate))


def clip(
    waveform: Waveform, *, limit: Annotated[float, Field(gt=0, allow_inf_nan=False)]
) -> Waveform:
    """Return the waveform cut off at ±``limit``, as an overdriven amplifier would."""
    return replace(waveform, samples=np.clip(waveform.samples, -limit, limit))


def rms(waveform: Waveform) -> float:
    """Return the root mean square of all samples, √(mean x²); zero for no samples."""
    samples = waveform.samples.astype(np.float64)
    return float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0


def frame_rms(waveform: Waveform, *, frame_length: int, hop_length: int) -> np.ndarray:
    """Return the root mean square of every whole frame of a mono waveform, float64 (frames,).

    Args:
        waveform: (T,) samples, at least one frame.
        frame_length: samples a frame.
        hop_length: samples from one frame's start to the next.
    """
    frames = np.lib.stride_tricks.sliding_window_view(waveform.samples, frame_length)[::hop_length]
    return np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1))


def amplitude_spectrum(waveform: Waveform) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies in Hz and amplitudes of a mono waveform, both (T // 2 + 1,) float64.

    A sine of amplitude a with a whole number of periods gives a at its frequency and nothing
    elsewhere: the bins that stand for a pair of frequencies count twice.
    """
    length = len(waveform.samples)
    amplitudes = np.abs(np.fft.rfft(waveform.samples.astype(np.float64))) / length
    amplitudes[1 : (length + 1) // 2] *= 2
    return np.fft.rfftfreq(length, 1 / waveform.rate), amplitudes


def _of_length(waveform: Waveform, length: int) -> Waveform:
    samples = waveform.samples[..., :length]
    missing = length - samples.shape[-1]
    if missing:
        samples = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(0, missing)])
    return replace(waveform, samples=samples)
