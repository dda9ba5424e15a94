"""Clips made comparable: in level, in where they begin and end, and in length."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Aligned(NamedTuple):
    """The active parts of clips, stretched to one length.

    Attributes:
        levels: (N, bands, frames), decibels above the floor.
        positions: (N, frames), where each frame was taken, in frames of the clip.
    """

    levels: NDArray[np.float64]
    positions: NDArray[np.float64]


def relative_levels(spectrograms: np.ndarray, dynamic_range: float) -> NDArray[np.float64]:
    """Return the level above a floor that lies ``dynamic_range`` decibels below a clip's peak.

    How loud a clip was recorded makes no difference.

    Args:
        spectrograms: (N, bands, T) in decibels.
        dynamic_range: positive.

    Returns:
        (N, bands, T) in [0, dynamic_range].
    """
    levels = spectrograms.astype(np.float64)
    levels -= levels.max(axis=(1, 2), keepdims=True)
    return np.maximum(levels + dynamic_range, 0)


def align(
    spectrograms: np.ndarray, *, dynamic_range: float, active_range: float, frames: int
) -> Aligned:
    """Cut clips to their active part and stretch it linearly.

    Args:
        spectrograms: (N, bands, T) in decibels.
        dynamic_range: see `relative_levels`.
        active_range: a frame is active if its loudest band is at most so many decibels below the
            clip's peak. What lies between the first and the last active frame is the active part.
        frames: of the result.
    """
    levels = relative_levels(spectrograms, dynamic_range)
    active = levels.max(axis=1) >= dynamic_range - active_range
    length = active.shape[1]
    # The peak itself is active, so there is a first and a last frame.
    first = active.argmax(axis=1)
    last = length - 1 - active[:, ::-1].argmax(axis=1)
    positions = np.linspace(first, last, frames, axis=1)
    left = np.floor(positions).astype(np.intp)
    right = np.minimum(left + 1, length - 1)
    share = (positions - left)[:, np.newaxis]
    taken = (np.take_along_axis(levels, side[:, np.newaxis], axis=2) for side in (left, right))
    at_left, at_right = taken
    return Aligned(at_left * (1 - share) + at_right * share, positions)
