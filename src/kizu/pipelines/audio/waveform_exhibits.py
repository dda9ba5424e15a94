"""Exhibits of operations on sound over time: load, cut, resample, save, loudness and length."""

from dataclasses import replace

import numpy as np

from kizu.preprocessing.audio_files import Form, encode_audio, read_audio
from kizu.preprocessing.waveforms import (
    Waveform,
    clip,
    cut,
    describe,
    fit_length,
    frame_rms,
    resample,
    rms,
)
from kizu.reporting.audio_figures import Sound, file_sizes, loudness, waveforms
from kizu.reporting.gallery import Exhibit, exhibit

RATES = (44_100, 22_050, 8_000)
LONGEST_SECONDS = 5.0  # that are shown

_FRAME_SECONDS = 0.032
_QUIETER = 0.37
_MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


def show_loading(sound: Waveform, name: str) -> Exhibit:
    """The sound as it was loaded, a panel a channel."""
    facts = describe(sound)
    shown = cut(sound, start=0.0, seconds=min(sound.seconds, LONGEST_SECONDS))
    channels = np.atleast_2d(shown.samples)
    figure = waveforms(
        [Sound(f"channel {number}", row, sound.rate) for number, row in enumerate(channels, 1)]
    )
    return exhibit(
        "load",
        "Load a sound",
        f"{name} has {facts['rate']:,} samples a second (the file's own rate), shape "
        f"{tuple(sound.samples.shape)}, {sound.seconds:.3f} s; the lowest sample is "
        f"{facts['minimum']:.4f}, the highest {facts['maximum']:.4f}.",
        figure,
    )


def show_cutting(sample: Waveform) -> Exhibit:
    """A span of it."""
    start, seconds = sample.seconds / 4, sample.seconds / 2
    span = cut(sample, start=start, seconds=seconds)
    return exhibit(
        "cut",
        "Cut a span",
        f"{seconds:.3f} s from {start:.3f} s on: {len(span.samples):,} of "
        f"{len(sample.samples):,} samples.",
        waveforms([Sound("whole", *_parts(sample)), Sound("span", *_parts(span))]),
    )


def show_resampling(sample: Waveform) -> Exhibit:
    """Four milliseconds at three rates, and what is lost on the way there and back."""
    shown, facts = [], []
    middle = slice(len(sample.samples) // 10, -(len(sample.samples) // 10))  # both ends ring
    for rate in RATES:
        moved = resample(sample, rate=rate)
        back = fit_length(resample(moved, rate=sample.rate), seconds=sample.seconds)
        lost = rms(replace(sample, samples=(back.samples - sample.samples)[middle]))
        difference = 20 * np.log10(max(lost, 1e-9) / max(rms(sample), 1e-9))
        facts.append(
            f"{len(moved.samples):,} at {rate:,} Hz "
            + ("(as it was)" if rate == sample.rate else f"({difference:.0f} dB off when back)")
        )
        moment = cut(moved, start=sample.seconds / 2, seconds=0.004)
        shown.append(Sound(f"{rate:,} Hz", *_parts(moment)))
    return exhibit(
        "resample",
        "Resample",
        f"Four milliseconds at three rates. The {len(sample.samples):,} samples at "
        f"{sample.rate:,} Hz become " + ", ".join(facts) + ".",
        waveforms(shown, points=True),
    )


def show_loudness(sample: Waveform) -> Exhibit:
    """Its RMS, of the whole and of frames."""
    length = round(_FRAME_SECONDS * sample.rate)
    hop = length // 2
    frames = frame_rms(sample, frame_length=length, hop_length=hop)
    times = (np.arange(len(frames)) * hop + length / 2) / sample.rate
    whole = rms(sample)
    return exhibit(
        "rms",
        "Loudness: the root mean square",
        f"{whole:.4f} for the whole; in frames of {length} samples it moves from "
        f"{frames.min():.4f} to {frames.max():.4f}.",
        loudness(Sound("waveform", *_parts(sample)), times, frames, whole),
    )


def show_saving(sample: Waveform) -> Exhibit:
    """What 16 and 24 bits a sample keep."""
    # Not the file's own samples, which may have 16 bits already and come back exactly.
    quieter = replace(sample, samples=sample.samples * _QUIETER)
    shown, facts = [], []
    for bits in (16, 24):
        content = encode_audio(quieter, "WAV", bits=bits)
        error = read_audio(content).samples - quieter.samples
        step = 2.0 ** (1 - bits)
        facts.append(
            f"with {bits} bits a sample ({len(content):,} bytes) no sample is off by more than "
            f"{np.abs(error).max() / step:.2f} steps of 2^{1 - bits}"
        )
        shown.append(Sound(f"error with {bits} bits, in steps", error / step, sample.rate))
    return exhibit(
        "save_and_read",
        "Save as WAV and read back",
        f"The sound at {_QUIETER:.0%} of its loudness, saved and read: " + "; ".join(facts) + ".",
        waveforms(shown),
    )


def show_compressing(sample: Waveform) -> Exhibit:
    """How small FLAC and MP3 make it."""
    allowed = sample if sample.rate in _MP3_RATES else resample(sample, rate=44_100)
    forms: tuple[Form, ...] = ("WAV", "FLAC", "MP3")
    contents = {form: encode_audio(allowed, form) for form in forms}
    sizes: dict[str, int] = {form: len(content) for form, content in contents.items()}
    kept = read_audio(contents["FLAC"]).samples
    exact = np.array_equal(kept, read_audio(contents["WAV"]).samples)
    return exhibit(
        "convert",
        "Convert to FLAC and MP3",
        f"At {allowed.rate:,} Hz and 16 bits, WAV takes {sizes['WAV']:,} bytes, FLAC "
        f"{sizes['FLAC']:,} (1 : {sizes['WAV'] / sizes['FLAC']:.2f}, samples "
        f"{'unchanged' if exact else 'changed'}), MP3 {sizes['MP3']:,} "
        f"(1 : {sizes['WAV'] / sizes['MP3']:.2f}, with losses).",
        file_sizes(sizes),
    )


def show_clipping(sample: Waveform) -> Exhibit:
    """Too loud for an amplifier."""
    limit = 0.4 * float(np.abs(sample.samples).max()) or 1.0
    clipped = clip(sample, limit=limit)
    share = float(np.mean(np.abs(sample.samples) > limit))
    return exhibit(
        "clip",
        "Clip",
        f"At ±{limit:.4f}, {100 * share:.1f}% of the samples are cut off.",
        waveforms([Sound("as it was", *_parts(sample)), Sound("clipped", *_parts(clipped))]),
    )


def show_fitting(sample: Waveform) -> Exhibit:
    """Shorter and longer clips of one length."""
    fitted = [fit_length(sample, seconds=share * sample.seconds) for share in (0.6, 1.2)]
    return exhibit(
        "fit_length",
        "Trim or pad to a length",
        "Clips of one length: what is longer is cut off, what is shorter is followed by zeros. "
        + " and ".join(f"{len(clip.samples):,}" for clip in fitted)
        + f" of {len(sample.samples):,} samples.",
        waveforms([Sound(f"{clip.seconds:.2f} s", *_parts(clip)) for clip in fitted]),
    )


def _parts(sound: Waveform) -> tuple[np.ndarray, int]:
    return sound.samples, sound.rate
