"""How well a classifier names the class.

Every function takes the true ``labels`` first, as scikit-learn does. Logits rather than
probabilities come in, because a probability that has underflowed to zero cannot be undone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax
from sklearn import metrics

from kizu.evaluation.label_checks import check_classes, check_logits, check_pair
from kizu.evaluation.reliability import expected_calibration_error


def accuracy(labels: ArrayLike, predictions: ArrayLike) -> float:
    """Return the share of ``predictions`` (N,) that equal ``labels`` (N,).

    Raises:
        ValueError: the two differ in length, or are empty.
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    check_pair(labels, predictions, "predictions")
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
    check_pair(labels, predictions, "predictions")
    check_classes(labels, class_count, "labels")
    check_classes(predictions, class_count, "predictions")
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
    labels, logits = check_logits(labels, logits)
    return float(-np.mean(log_softmax(logits, axis=1)[np.arange(len(labels)), labels]))


def class_scores(
    labels: ArrayLike, predictions: ArrayLike, class_names: Sequence[str]
) -> dict[str, float]:
    """Precision, recall and F1 of every class, one against all others.

    Args:
        labels: (N,) integers in [0, K).
        predictions: (N,) integers in [0, K).
        class_names: K names.

    Returns:
        ``<class name>.precision``, ``.recall``, ``.f1`` and ``.support`` (its samples) for every
        class that occurs in ``labels``. The precision of a class that is never predicted is 0.

    Raises:
        ValueError: as `confusion_matrix`.
    """
    matrix = confusion_matrix(labels, predictions, len(class_names))
    hits, support, named = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    scores: dict[str, float] = {}
    for position, name in enumerate(class_names):
        if not support[position]:
            continue
        hit, own, said = (int(counts[position]) for counts in (hits, support, named))
        scores |= {
            f"{name}.precision": hit / said if said else 0.0,
            f"{name}.recall": hit / own,
            f"{name}.f1": 2 * hit / (own + said),
            f"{name}.support": own,
        }
    return scores


def worst_mistakes(labels: ArrayLike, logits: ArrayLike, count: int) -> NDArray[np.int64]:
    """Return the positions of the wrong answers with the largest loss, the worst first.

    Args:
        labels: (N,) integers in [0, K).
        logits: (N, K) unnormalized log-probabilities.
        count: at most so many.

    Raises:
        ValueError: as `negative_log_likelihood`.
    """
    labels, logits = check_logits(labels, logits)
    losses = -log_softmax(logits, axis=1)[np.arange(len(labels)), labels]
    wrong = np.flatnonzero(logits.argmax(axis=1) != labels)
    return wrong[np.argsort(-losses[wrong], kind="stable")][:count]


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
    labels, logits = check_logits(labels, logits)
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
