"""How often the values of images occur, and what sums them up."""

import math

import numpy as np

from kizu.preprocessing.blocks import read_blocks


def count_values(images: np.ndarray) -> np.ndarray:
    """Return how often each value occurs in each channel.

    Args:
        images: uint8 (N, C, H, W); read in blocks.

    Returns:
        int64 (C, 256).
    """
    counts = np.zeros((images.shape[1], 256), np.int64)
    for block in read_blocks(images):
        for channel in range(images.shape[1]):
            counts[channel] += np.bincount(block[:, channel].ravel(), minlength=256)
    return counts


def summarize_values(counts: np.ndarray) -> dict[str, float]:
    """Return ``minimum``, ``maximum``, ``mean`` and ``standard_deviation`` of all channels.

    Args:
        counts: (C, 256), as from :func:`count_values`; at least one value.
    """
    total = counts.sum(axis=0)
    values = np.arange(256)
    present = values[total > 0]
    mean = float(total @ values / total.sum())
    variance = float(total @ (values - mean) ** 2 / total.sum())
    return {
        "minimum": float(present[0]),
        "maximum": float(present[-1]),
        "mean": mean,
        "standard_deviation": math.sqrt(variance),
    }
