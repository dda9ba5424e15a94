"""What the detectors share that call a line anomalous by how unlikely its tokens are."""

import numpy as np
from numpy.typing import NDArray

from kizu.detection.text.windows import present


class Likelihood:
    """Scores and explanations from the surprise of each token, ``-log p`` in nats."""

    _usual: float

    def score(self, items: np.ndarray) -> NDArray[np.float64]:
        """Return the mean surprise of the scored line's tokens and its end, (N,), in nats.

        Dividing by their number keeps long lines from being anomalous for their length.
        """
        return _mean(self._surprise(items), _counted(items))

    def explain(self, items: np.ndarray) -> NDArray[np.float32]:
        """Return by how many nats each token's surprise exceeds the usual, (N, L), at least 0.

        The usual is the mean over all tokens of the normal lines.
        """
        excess = np.maximum(self._surprise(items)[:, :-1] - self._usual, 0)
        return np.where(present(items), excess, 0).astype(np.float32)

    def _surprise(self, items: np.ndarray) -> NDArray[np.float64]:
        """Return the surprise of the scored line's tokens, and of its end: (N, L + 1)."""
        raise NotImplementedError

    def _learn_usual(self, items: np.ndarray) -> None:
        """Set what is usual from the items that were fitted on."""
        self._usual = float(_mean(self._surprise(items), _counted(items), axis=None))


def _counted(items: np.ndarray) -> NDArray[np.bool_]:
    """Return where there is a token, (N, L + 1); a line that fills its row may have been cut."""
    tokens = present(items)
    whole = np.all(tokens, axis=1, keepdims=True)
    return np.concatenate([tokens, ~whole], axis=1)


def _mean(values: np.ndarray, counted: np.ndarray, axis: int | None = 1) -> NDArray[np.float64]:
    total: NDArray[np.float64] = np.sum(values, axis=axis, where=counted)
    return total / counted.sum(axis=axis)
