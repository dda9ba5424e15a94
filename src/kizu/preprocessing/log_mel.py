"""Log-mel features of many clips at once.

One Fourier transform over the frames of all clips and one matrix product with the mel filters,
where librosa goes clip by clip and designs the filters anew for each. Blocks are small enough to
stay in a processor's cache.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, model_validator

from kizu.parameters import Parameters

if TYPE_CHECKING:
    from torch import Tensor

_BLOCK_BYTES = 2**19  # of frames
_QUIETEST = 1e-10  # energies below are taken for this much, -100 dB


class LogMelParameters(Parameters):
    """How sound becomes log-mel features."""

    window_length: int = Field(gt=1, description="Samples a frame (a Hann window).")
    hop_length: int = Field(gt=0, description="Samples from one frame to the next.")
    bands: int = Field(gt=0, description="Mel bands, the rows of a clip's features.")
    lowest_frequency: float = Field(ge=0, description="Lower edge of the lowest band, in Hz.")
    highest_frequency: float | None = Field(
        description="Upper edge of the highest band, in Hz; null is half the sampling rate."
    )
    dynamic_range: float = Field(
        gt=0, description="Decibels below a clip's loudest value at which quiet ones are cut off."
    )
    centered: bool = Field(
        description="Whether frames are centered at multiples of the hop, with zeros beyond both "
        "ends of the clip; if not, the first begins with the clip."
    )

    @model_validator(mode="after")
    def _some_band(self) -> Self:
        highest = self.highest_frequency
        if highest is not None and highest <= self.lowest_frequency:
            raise ValueError(
                f"highest_frequency is {highest:g} Hz; it must be above lowest_frequency, "
                f"{self.lowest_frequency:g} Hz"
            )
        return self


class LogMel:
    """Log-mel features of mono clips of one sampling rate.

    Energies E in mel bands (Slaney's scale, filters of unit area) become decibels, 10 log10 E;
    in each clip, values more than ``dynamic_range`` below its loudest are raised to there. Equal
    to ``librosa.power_to_db(librosa.feature.melspectrogram(…))`` to 1e-4 dB.

    Args:
        rate: samples a second.
        parameters: frames, bands and range.

    Raises:
        ValueError: a band would lie above half the sampling rate, or hold no frequency at all.
    """

    def __init__(self, rate: int, parameters: LogMelParameters) -> None:
        import librosa

        self.parameters = parameters
        length = parameters.window_length
        highest = parameters.highest_frequency
        if highest is None:
            highest = rate / 2
        if not parameters.lowest_frequency < highest <= rate / 2:
            raise ValueError(
                f"mel bands from {parameters.lowest_frequency:g} to {highest:g} Hz do not fit a "
                f"sampling rate of {rate}: it holds frequencies up to {rate / 2:g} Hz"
            )
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
        filters = librosa.filters.mel(
            sr=rate,
            n_fft=length,
            n_mels=parameters.bands,
            fmin=parameters.lowest_frequency,
            fmax=highest,
        )
        self._filters = np.ascontiguousarray(filters.T)

    def shape(self, samples: int) -> tuple[int, int]:
        """Return (bands, frames) of a clip of so many samples.

        Raises:
            ValueError: the clip is shorter than a frame.
        """
        length = self.parameters.window_length
        if samples < (1 if self.parameters.centered else length):
            raise ValueError(f"a clip of {samples} samples is shorter than a frame of {length}")
        room = samples - (length % 2 if self.parameters.centered else length)
        return self.parameters.bands, 1 + room // self.parameters.hop_length

    def __call__(self, clips: np.ndarray) -> np.ndarray:
        """Return the features of clips, float32 (N, bands, frames).

        Args:
            clips: float32 (N, T).
        """
        import torch

        bands, frames = self.shape(clips.shape[1])
        features = np.empty((len(clips), bands, frames), np.float32)
        rows = max(1, _BLOCK_BYTES // (frames * self.parameters.window_length * 8))
        with torch.inference_mode(), _one_thread():
            for start in range(0, len(clips), rows):
                # In double precision: the rounding errors of a loud tone's float32 transform are
                # thousandths of a decibel in the quiet bands beside it.
                block = torch.from_numpy(clips[start : start + rows].astype(np.float64))
                decibels = self._decibels(self._energies(block))
                features[start : start + rows] = decibels.transpose(1, 2).numpy()
        return features

    def _energies(self, clips: "Tensor") -> "Tensor":
        """Return energies by band, (N, frames, bands)."""
        import torch

        length = self.parameters.window_length
        margin = length // 2 if self.parameters.centered else 0
        padded = torch.nn.functional.pad(clips, (margin, margin))
        frames = padded.unfold(1, length, self.parameters.hop_length)
        spectrum = torch.fft.rfft(frames * torch.from_numpy(self._window)).to(torch.complex64)
        power = spectrum.real.square() + spectrum.imag.square()
        return power @ torch.from_numpy(self._filters)

    def _decibels(self, energies: "Tensor") -> "Tensor":
        decibels = 10 * energies.clamp_min(_QUIETEST).log10()
        loudest = decibels.amax((1, 2), keepdim=True)
        return decibels.maximum(loudest - self.parameters.dynamic_range)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute without threads: for blocks this small, they would mostly wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
