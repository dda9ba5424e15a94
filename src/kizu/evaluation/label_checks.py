"""Checks of labels and of what a classifier says about them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def check_pair(labels: NDArray, other: NDArray, name: str) -> None:
    """Raise ValueError unless both are (N,) with N at least 1; ``name`` is the other's."""
    if labels.ndim != 1 or labels.shape != other.shape:
        raise ValueError(
            f"labels and {name} must be one-dimensional and of one length, "
            f"got shapes {labels.shape} and {other.shape}"
        )
    if len(labels) == 0:
        raise ValueError("labels must hold at least one sample, got none")


def check_classes(values: NDArray, class_count: int, name: str) -> None:
    """Raise ValueError unless the values are integers in [0, class_count)."""
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"{name} must be integers, got {values.dtype}")
    if values.min() < 0 or values.max() >= class_count:
        raise ValueError(
            f"{name} must lie in [0, {class_count}), got {values.min()} to {values.max()}"
        )


def check_logits(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return labels (N,) and logits (N, K) as arrays; ValueError if they are none."""
    labels, logits = np.asarray(labels), np.asarray(logits, dtype=np.float64)
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(
            f"labels must be (N,) and logits (N, K), got shapes {labels.shape} and {logits.shape}"
        )
    if len(labels) == 0:
        raise ValueError("labels must hold at least one sample, got none")
    if not np.isfinite(logits).all():
        raise ValueError("logits must be finite, got NaN or infinity")
    check_classes(labels, logits.shape[1], "labels")
    return labels.astype(np.int64), logits
