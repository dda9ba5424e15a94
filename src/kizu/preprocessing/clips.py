"""Sets of clips: files of one form, and their features, never all in memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from kizu.preprocessing.audio_files import encode_audio, open_audio, read_audio
from kizu.preprocessing.log_mel import LogMel, LogMelParameters
from kizu.preprocessing.steps import Step, apply_steps

_BLOCK_BYTES = 16 * 2**20


class UnequalClipsError(ValueError):
    """Clips that should be alike are not."""


@dataclass(frozen=True)
class ClipForm:
    """What all clips of a set have in common.

    Attributes:
        rate: samples a second.
        samples: of each clip; one channel.
    """

    rate: int
    samples: int


@dataclass(frozen=True)
class ClipFeatures:
    """The log-mel features of clips, computed a block at a time when they are read.

    Attributes:
        files: a FLAC file a clip.
        form: of all clips.
        parameters: of the features.
    """

    files: Sequence[Path]
    form: ClipForm
    parameters: LogMelParameters

    @property
    def shape(self) -> tuple[int, int, int]:
        """(N, bands, frames)."""
        return len(self.files), *LogMel(self.form.rate, self.parameters).shape(self.form.samples)

    @property
    def dtype(self) -> np.dtype:
        """float32."""
        return np.dtype(np.float32)

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the features of consecutive clips, about 16 MiB of sound at once."""
        transform = LogMel(self.form.rate, self.parameters)
        rows = max(1, _BLOCK_BYTES // (4 * self.form.samples))
        for start in range(0, len(self.files), rows):
            sounds = [read_audio(file).samples for file in self.files[start : start + rows]]
            yield transform(np.stack(sounds))


def prepare_clip(content: bytes | Path, steps: Sequence[Step]) -> bytes:
    """Return a file's sound after all steps, as a 16-bit FLAC file.

    Raises:
        AudioDecodingError: it is no sound file, cut short or damaged.
        ValueError: a step cannot be applied to it.
    """
    return encode_audio(apply_steps(read_audio(content), steps), "FLAC")


def clip_names(paths: Sequence[str]) -> list[str]:
    """Return the name of each file's clip: its own with ``.flac`` in place of its extension.

    Files that differ by their extension alone keep it: ``a.wav`` and ``a.mp3`` in one folder become
    ``a.wav.flac`` and ``a.mp3.flac``.
    """
    short = [str(PurePosixPath(path).with_suffix(".flac")) for path in paths]
    counts = Counter(short)
    return [
        name if counts[name] == 1 else f"{path}.flac"
        for name, path in zip(short, paths, strict=True)
    ]


def common_form(files: Sequence[Path]) -> ClipForm:
    """Return the form that all clips have, from their headers.

    Raises:
        UnequalClipsError: they differ; the message names a clip and the step that is missing.
    """
    form: ClipForm | None = None
    for file in files:
        with open_audio(file) as sound:
            if sound.channels != 1:
                raise UnequalClipsError(
                    f"{file.name} has {sound.channels} channels; features are made of one. Put the "
                    "step to_mono into audio.steps."
                )
            found = ClipForm(sound.samplerate, sound.frames)
        if form is None:
            form = found
        if found.rate != form.rate:
            raise UnequalClipsError(
                f"{file.name} has {found.rate} samples a second, {files[0].name} {form.rate}. Put "
                "the step resample into audio.steps, so that all have the same."
            )
        if found.samples != form.samples:
            raise UnequalClipsError(
                f"{file.name} has {found.samples} samples, {files[0].name} {form.samples}. Put the "
                "step fit_length at the end of audio.steps, so that all have the same."
            )
    if form is None:
        raise UnequalClipsError("there are no clips")
    return form
