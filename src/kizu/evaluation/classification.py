"""How well a classifier names the class, and how far its confidence can be trusted.

Every function takes the true ``labels`` first, as scikit-learn does. Logits rather than
probabilities come in, because a probability that has underflowed to zero cannot be undone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax
from sklearn import metrics


def accuracy(labels: ArrayLike, predictions: ArrayLike) -> float:
    """Return the share of ``predictions`` (N,) that equal ``labels`` (N,).

    Raises:
        ValueError: the two differ in length, or are empty.
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    _check_pair(labels, predictions, "predictions")
    return float(np.mean(labels == predictions))


def confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, class_count: int
) -> NDArray[np.int64]:
    """Count the samples of true class ``i`` (row) that were predicted as class ``j`` (column).

    Args:
        labels: (N,) integers in [0, class_count).
        predictions: (N,) integers in [0, class_count).
        class_count: number of classes; a class that never occurs keeps a row of zeros.

    Returns:
        (class_count, class_count) counts; they sum to N.

    Raises:
        ValueError: lengths differ, are zero, or a class lies outside [0, class_count).
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    _check_pair(labels, predictions, "predictions")
    _check_classes(labels, class_count, "labels")
    _check_classes(predictions, class_count, "predictions")
    cells = labels.astype(np.int64) * class_count + predictions
    return np.bincount(cells, minlength=class_count**2).reshape(class_count, class_count)


def per_class_accuracy(
    labels: ArrayLike, predictions: ArrayLike, class_count: int
) -> NDArray[np.float64]:
    """Return the share of each true class that was predicted right (its recall).

    Returns:
        (class_count,); NaN for a class with no sample, whose accuracy is not defined.

    Raises:
        ValueError: as `confusion_matrix`.
    """
    matrix = confusion_matrix(labels, predictions, class_count)
    counts = matrix.sum(axis=1)
    return np.divide(matrix.diagonal(), counts, out=np.full(class_count, np.nan), where=counts > 0)


def negative_log_likelihood(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the mean of ``-log softmax(logits)[label]``, in nats.

    Args:
        labels: (N,) integers in [0, K).
        logits: (N, K) unnormalized log-probabilities.

    Raises:
        ValueError: shapes do not fit, a label is out of range, or a logit is not finite.
    """
    labels, logits = _check_logits(labels, logits)
    return float(-np.mean(log_softmax(logits, axis=1)[np.arange(len(labels)), labels]))


def expected_calibration_error(labels: ArrayLike, logits: ArrayLike, bin_count: int = 15) -> float:
    """Return the mean gap between confidence and accuracy, over bins of equal width.

    Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3: the sum over bins
    of ``|B| / N * |accuracy(B) - confidence(B)|``, where a sample's confidence is its largest
    softmax probability and bin m holds confidences in ((m - 1) / M, m / M].

    Args:
        labels: (N,) integers in [0, K).
        logits: (N, K) unnormalized log-probabilities.
        bin_count: number of bins M; the estimate grows with it when N is small.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: as `negative_log_likelihood`, or ``bin_count`` below 1.
    """
    labels, logits = _check_logits(labels, logits)
    if bin_count < 1:
        raise ValueError(f"bin_count must be at least 1, got {bin_count}")
    confidence = np.exp(log_softmax(logits, axis=1).max(axis=1))
    bins = np.clip(np.ceil(confidence * bin_count).astype(np.int64) - 1, 0, bin_count - 1)
    # |B| cancels: the gap of a bin times its size is the difference of two sums.
    gaps = np.bincount(bins, weights=(logits.argmax(axis=1) == labels) - confidence)
    return float(np.abs(gaps).sum() / len(labels))


def classification_metrics(
    labels: ArrayLike, logits: ArrayLike, class_names: Sequence[str]
) -> dict[str, float]:
    """Gather the metrics of a classifier under flat keys.

    Args:
        labels: (N,) integers in [0, K).
        logits: (N, K) unnormalized log-probabilities.
        class_names: K names, in the order of the logits' columns.

    Returns:
        ``accuracy``, ``macro_f1``, ``negative_log_likelihood``, ``expected_calibration_error``
        and ``<class name>.accuracy`` for every class that occurs in ``labels``.

    Raises:
        ValueError: as the single metrics, or K names are not given.
    """
    labels, logits = _check_logits(labels, logits)
    class_count = logits.shape[1]
    if len(class_names) != class_count:
        raise ValueError(f"class_names must hold {class_count} names, got {len(class_names)}")
    predictions = logits.argmax(axis=1)
    per_class = per_class_accuracy(labels, predictions, class_count)
    return {
        "accuracy": accuracy(labels, predictions),
        "macro_f1": float(metrics.f1_score(labels, predictions, average="macro")),
        "negative_log_likelihood": negative_log_likelihood(labels, logits),
        "expected_calibration_error": expected_calibration_error(labels, logits),
        **{
            f"{name}.accuracy": float(value)
            for name, value in zip(class_names, per_class, strict=True)
            if np.isfinite(value)
        },
    }


def _check_pair(labels: NDArray, other: NDArray, name: str) -> None:
    if labels.ndim != 1 or labels.shape != other.shape:
        raise ValueError(
            f"labels and {name} must be one-dimensional and of one length, "
            f"got shapes {labels.shape} and {other.shape}"
        )
    if len(labels) == 0:
        raise ValueError("labels must hold at least one sample, got none")


def _check_classes(values: NDArray, class_count: int, name: str) -> None:
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"{name} must be integers, got {values.dtype}")
    if values.min() < 0 or values.max() >= class_count:
        raise ValueError(
            f"{name} must lie in [0, {class_count}), got {values.min()} to {values.max()}"
        )


def _check_logits(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    labels, logits = np.asarray(labels), np.asarray(logits, dtype=np.float64)
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(
            f"labels must be (N,) and logits (N, K), got shapes {labels.shape} and {logits.shape}"
        )
    if len(labels) == 0:
        raise ValueError("labels must hold at least one sample, got none")
    if not np.isfinite(logits).all():
        raise ValueError("logits must be finite, got NaN or infinity")
    _check_classes(labels, logits.shape[1], "labels")
    return labels.astype(np.int64), logits
