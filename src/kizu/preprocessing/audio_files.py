"""Waveforms from files, and files from waveforms."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from kizu.preprocessing.waveforms import Waveform

if TYPE_CHECKING:
    from soundfile import SoundFile

Form = Literal["WAV", "FLAC", "MP3"]

# What libsndfile calls the samples of each form, by bits a sample; MP3 has none.
_SUBTYPES = {16: "PCM_16", 24: "PCM_24"}


class AudioDecodingError(ValueError):
    """A file that holds no sound which can be used."""


@contextmanager
def open_audio(content: bytes | Path) -> "Iterator[SoundFile]":
    """Open a sound for reading, wherever it lies.

    Raises:
        AudioDecodingError: it is no sound file, or damaged where it is read.
    """
    import soundfile

    try:
        raw = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
        with raw, soundfile.SoundFile(raw) as file:
            yield file
    except soundfile.LibsndfileError as error:
        # The message up to the colon names the Python object: reasons are compared between runs.
        raise AudioDecodingError(f"is cut short or damaged: {error.error_string}") from error
    except OSError as error:
        raise AudioDecodingError(f"cannot be read: {error.strerror}") from error


def read_audio(content: bytes | Path) -> Waveform:
    """Return the sound of a WAV, FLAC, MP3 or OGG file at the file's own rate.

    Samples are float32, (T,) for one channel and (C, T) for several. A 16-bit sample k becomes
    k / 32768.

    Raises:
        AudioDecodingError: it is no sound file, cut short or damaged.
    """
    with open_audio(content) as file:
        samples = file.read(dtype="float32")
        return Waveform(np.ascontiguousarray(samples.T), file.samplerate)


def encode_audio(waveform: Waveform, form: Form, *, bits: Literal[16, 24] = 16) -> bytes:
    """Return the bytes of an audio file; the same waveform always gives the same.

    Samples are rounded to the nearest of the 2^bits steps from -1 to just below 1, and clipped
    there, so that reading a file and writing it again with as many bits loses nothing. MP3 has no
    bits a sample, allows 8,000 to 48,000 samples a second and at most two channels, and loses what
    is hard to hear.

    Raises:
        ValueError: the form cannot hold the waveform.
    """
    import soundfile

    buffer = io.BytesIO()
    samples = waveform.samples.T
    if form != "MP3":
        samples = quantize(samples, bits) << (32 - bits)
    try:
        soundfile.write(
            buffer,
            samples,
            waveform.rate,
            format=form,
            subtype="MPEG_LAYER_III" if form == "MP3" else _SUBTYPES[bits],
        )
    except (soundfile.LibsndfileError, ValueError) as error:
        channels = 1 if waveform.samples.ndim == 1 else len(waveform.samples)
        raise ValueError(
            f"{form} cannot hold {channels} channels at {waveform.rate} samples a second"
        ) from error
    return buffer.getvalue()


def quantize(samples: np.ndarray, bits: int) -> np.ndarray:
    """Return samples in -1 to 1 as int32 steps of 2^(1 - bits), rounded, clipped to the range."""
    steps = 2 ** (bits - 1)
    return np.clip(np.rint(samples.astype(np.float64) * steps), -steps, steps - 1).astype(np.int32)
