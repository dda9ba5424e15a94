"""Is this file a sound that the pipeline can use?"""

from typing import Any, Literal

import numpy as np
from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.audio_files import AudioDecodingError, open_audio
from kizu.sources.audio_headers import check_length
from kizu.sources.contents import check_extension, is_text, read_start
from kizu.sources.files import RejectedFileError, SourceFile

# What libsndfile calls the content that each extension promises.
_FORMATS = {
    ".flac": {"FLAC"},
    ".mp3": {"MP3"},
    ".oga": {"OGG"},
    ".ogg": {"OGG"},
    ".opus": {"OGG"},
    ".wav": {"WAV", "WAVEX", "RF64"},
}
Extension = Literal[".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav"]

_BLOCK_SAMPLES = 2**18


class AudioChecks(Parameters):
    """What a file must be to be used as a sound."""

    extensions: list[Extension] = Field(
        min_length=1, description="File name extensions to accept, in lower case."
    )
    rate: int | None = Field(gt=0, description="Expected samples a second; null accepts any.")
    lowest_rate: int = Field(gt=0, description="Fewest samples a second that are believed.")
    highest_rate: int = Field(gt=0, description="Most samples a second that are believed.")
    channels: int | None = Field(gt=0, description="Expected channels; null accepts any.")
    min_seconds: float = Field(ge=0, description="Shortest sound.")
    max_seconds: float = Field(
        gt=0, description="Longest sound: a small file can hold a very long one."
    )


def inspect_audio(file: SourceFile, checks: AudioChecks) -> dict[str, Any]:
    """Decode a sound once, in blocks, and return facts about it.

    These are ``rate`` (samples a second), ``channels``, ``frames`` (samples a channel),
    ``seconds``, ``format`` and ``subtype`` (libsndfile's names of container and encoding).

    Raises:
        RejectedFileError: the file is empty, cut short or damaged, has another extension, content,
            rate, number of channels or length than expected, a header that contradicts itself or
            the samples, or samples that are no finite numbers.
    """
    extension = check_extension(file.path, checks.extensions)
    start = read_start(file.content)
    if is_text(start):
        raise RejectedFileError(f"holds text; its extension promises {extension[1:].upper()}")
    try:
        with open_audio(file.content) as sound:
            if sound.format not in _FORMATS[extension]:
                raise RejectedFileError(
                    f"holds {sound.format} audio; its extension {extension!r} promises "
                    f"{extension[1:].upper()}"
                )
            # Before anything is decoded: a header may announce more than memory holds.
            check_length(file.content, sound.format)
            _check_header(sound, checks)
            _check_samples(sound)
            return {
                "rate": sound.samplerate,
                "channels": sound.channels,
                "frames": sound.frames,
                "seconds": sound.frames / sound.samplerate,
                "format": sound.format,
                "subtype": sound.subtype,
            }
    except AudioDecodingError as error:
        raise RejectedFileError(str(error)) from error


def _check_header(sound: Any, checks: AudioChecks) -> None:
    rate, channels = sound.samplerate, sound.channels
    if not checks.lowest_rate <= rate <= checks.highest_rate:
        raise RejectedFileError(
            f"says that it has {rate} samples a second; {checks.lowest_rate} to "
            f"{checks.highest_rate} are believed"
        )
    for what, expected, found in (
        ("samples a second", checks.rate, rate),
        ("channels", checks.channels, channels),
    ):
        if expected is not None and found != expected:
            raise RejectedFileError(f"has {found} {what}; {expected} are expected")
    if sound.frames == 0:
        raise RejectedFileError("holds no samples")
    seconds = sound.frames / rate
    if not checks.min_seconds <= seconds <= checks.max_seconds:
        raise RejectedFileError(
            f"is {seconds:.4g} seconds long; {checks.min_seconds:g} to {checks.max_seconds:g} are "
            "accepted"
        )


def _check_samples(sound: Any) -> None:
    """Decode all samples, a block at a time."""
    decoded = 0
    for block in sound.blocks(max(1, _BLOCK_SAMPLES // sound.channels), dtype="float32"):
        if not np.isfinite(block).all():
            raise RejectedFileError("holds samples that are no finite numbers (NaN or infinity)")
        decoded += len(block)
    if decoded != sound.frames:
        raise RejectedFileError(
            f"is cut short or damaged: its header announces {sound.frames} samples a channel, "
            f"{decoded} can be decoded"
        )
