"""Text as detectors take it: lines of tokens, each with the lines before it.

A log line can be harmless in itself and wrong where it stands: the tenth time in a second, or
before what must precede it. So an item is a window, the line with those before it, and what is
scored is the line given the others. A score then still depends on nothing but its item.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kizu.preprocessing.vocabulary import PADDING


def with_lines_before(tokens: np.ndarray, lines: int) -> np.ndarray:
    """Put before each line the ``lines`` lines that precede it.

    Args:
        tokens: int32 (N, L), a row a line in the order of time.
        lines: of context, at least 0.

    Returns:
        int32 (N, lines + 1, L), a read-only view of one padded copy: the last row of an item is
        the line itself; what would be before the first line is empty.

    Raises:
        ValueError: ``lines`` is negative.
    """
    if lines < 0:
        raise ValueError(f"lines must be at least 0, got {lines}")
    padded = np.pad(tokens, ((lines, 0), (0, 0)), constant_values=PADDING)
    return sliding_window_view(padded, lines + 1, axis=0).transpose(0, 2, 1)


def check_windows(items: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Return ``items`` if they are an array of integers (N, W, L) with at least one item.

    Args:
        items: to be checked.
        shape: (W, L) of the items that the detector was fitted on; None takes any.

    Raises:
        ValueError: another type or shape, or negative numbers; it names what came and what is
            allowed.
    """
    if not np.issubdtype(items.dtype, np.integer) or items.ndim != 3 or not items.size:
        raise ValueError(
            "tokens must be an array of integers (N, W, L), W lines an item of which the last is "
            f"scored, got {items.dtype} {items.shape}"
        )
    if shape is not None and items.shape[1:] != tuple(shape):
        raise ValueError(
            f"tokens must be (N, {', '.join(map(str, shape))}) as those the detector was fitted "
            f"on, got {items.shape}"
        )
    if items.min() < 0:
        raise ValueError(f"tokens must be numbers of a vocabulary, got {items.min()}")
    return items


def present(items: np.ndarray) -> NDArray[np.bool_]:
    """Return where the scored lines of items (N, W, L) have tokens, (N, L)."""
    return items[:, -1] != PADDING
