"""Spectrograms as overlapping windows of a few frames, and back."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def to_windows(spectrograms: Tensor, frames: int) -> Tensor:
    """Cut spectrograms (N, bands, T) into windows a frame apart.

    Returns:
        (N · W, bands · frames) with W = T - frames + 1, clip by clip.
    """
    windows = spectrograms.unfold(2, frames, 1)
    return windows.movedim(2, 1).reshape(-1, spectrograms.shape[1] * frames)


def spread(values: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Average what every window says of a cell: the way back from `to_windows`.

    Args:
        values: (N, W, bands · frames) of the windows.
        shape: (bands, T) of a spectrogram.

    Returns:
        (N, bands, T).
    """
    bands, length = shape
    count = values.shape[1]
    windows = values.reshape(len(values), count, bands, -1)
    total = np.zeros((len(values), bands, length))
    times = np.zeros(length)
    for offset in range(windows.shape[3]):
        total[:, :, offset : offset + count] += windows[:, :, :, offset].swapaxes(1, 2)
        times[offset : offset + count] += 1
    return total / times
