"""Log-mel spectrograms as detectors take them."""

import numpy as np


def check_spectrograms(
    spectrograms: np.ndarray, shape: tuple[int, ...] | None = None
) -> np.ndarray:
    """Return ``spectrograms`` if they are finite float32 (N, bands, frames), none of them empty.

    Args:
        spectrograms: to be checked.
        shape: (bands, frames) of those that the detector was fitted on; None takes any.

    Raises:
        ValueError: another type or shape, or a value that is not finite; it names what came and
            what is allowed.
    """
    if spectrograms.dtype != np.float32 or spectrograms.ndim != 3 or 0 in spectrograms.shape:
        raise ValueError(
            "spectrograms must be a float32 array (N, bands, frames), each at least 1, "
            f"got {spectrograms.dtype} {spectrograms.shape}"
        )
    if shape is not None and spectrograms.shape[1:] != tuple(shape):
        raise ValueError(
            f"spectrograms must be (N, {', '.join(map(str, shape))}) as those the detector was "
            f"fitted on, got {spectrograms.shape}"
        )
    finite = np.isfinite(spectrograms)
    if not finite.all():
        clip, band, frame = np.argwhere(~finite)[0]
        raise ValueError(
            f"spectrograms must be finite, got {spectrograms[clip, band, frame]} in clip {clip}, "
            f"band {band}, frame {frame}"
        )
    return spectrograms


class AudioItems:
    """Items that are log-mel spectrograms in decibels."""

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        return check_spectrograms(items, shape)
