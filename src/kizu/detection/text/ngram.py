"""Likelihood under counts of n-grams."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from kizu.detection.protocol import DetectorState, NotFittedError
from kizu.detection.text.likelihood import Likelihood
from kizu.detection.text.ngram_counts import NgramCounts
from kizu.detection.text.parameters import NgramParameters
from kizu.detection.text.sequences import known_tokens, of_last_line, renumber, to_sequences
from kizu.detection.text.windows import check_windows


class Ngram(Likelihood):
    """Mean surprise of a line's tokens under an n-gram model of normal lines.

    The lines before it play no part. A token that no normal line has is the unknown token.
    """

    def __init__(self, parameters: NgramParameters) -> None:
        self.parameters = parameters
        self._counts: NgramCounts | None = None
        self._shape: tuple[int, ...] = ()

    def fit(self, items: np.ndarray) -> Self:
        """Count the n-grams of the scored lines of the items, integers (N, W, L)."""
        self._shape = check_windows(items).shape[1:]
        self._known = known_tokens(items[:, -1:])
        self._counts = self._count(items)
        self._learn_usual(items)
        return self

    def update(self, items: np.ndarray) -> Self:
        """Count those of more items, too; what is usual stays that of the items fitted on."""
        counts, known = self._fitted(), self._known
        self._known = np.union1d(known, check_windows(items, self._shape)[:, -1:])
        numbers = np.searchsorted(self._known, known)
        self._counts = counts.renumbered(numbers, len(self._known)).merged(self._count(items))
        return self

    def state(self) -> DetectorState:
        """Return the parameters, the known tokens and the counts."""
        counts = self._fitted()
        config = {
            "parameters": self.parameters.model_dump(),
            "shape": list(self._shape),
            "usual": self._usual,
        }
        tensors = {"known": self._known}
        for length, (keys, seen) in enumerate(zip(counts.keys, counts.counts, strict=True), 1):
            tensors |= {f"keys.{length}": keys, f"counts.{length}": seen}
        return {"config": config, "tensors": tensors, "estimators": {}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again."""
        config, tensors = state["config"], state["tensors"]
        detector = cls(NgramParameters.model_validate(config["parameters"]))
        detector._shape, detector._usual = tuple(config["shape"]), config["usual"]
        detector._known = tensors["known"]
        lengths = range(1, sum(name.startswith("keys.") for name in tensors) + 1)
        detector._counts = NgramCounts(
            tuple(tensors[f"keys.{length}"] for length in lengths),
            tuple(tensors[f"counts.{length}"] for length in lengths),
            len(detector._known),
        )
        return detector

    def _surprise(self, items: np.ndarray) -> NDArray[np.float64]:
        counts = self._fitted()
        lines = renumber(check_windows(items, self._shape)[:, -1:], self._known)
        sequences = to_sequences(lines)
        surprise = -np.log(counts.probabilities(sequences.tokens, self.parameters.smoothing))
        return of_last_line(surprise, sequences, lines)

    def _count(self, items: np.ndarray) -> NgramCounts:
        lines = renumber(items[:, -1:], self._known)
        tokens = to_sequences(lines).tokens
        return NgramCounts.count(tokens, self.parameters.order, len(self._known))

    def _fitted(self) -> NgramCounts:
        if self._counts is None:
            raise NotFittedError(self)
        return self._counts
