"""Nearest neighbors on weighted counts of tokens: what a language model has to beat."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.neighbors import NearestNeighbors

from kizu.detection.protocol import DetectorState, NotFittedError
from kizu.detection.text.parameters import TfidfNeighborsParameters
from kizu.detection.text.sequences import known_tokens, renumber
from kizu.detection.text.windows import check_windows, present


class TfidfNeighbors:
    """Cosine distance to the nearest normal lines by the tokens they share; rare ones weigh more.

    A line is its tokens' counts times their inverse document frequencies. Neither the tokens' order
    nor the lines before play a part.
    """

    def __init__(self, parameters: TfidfNeighborsParameters) -> None:
        self.parameters = parameters
        self._lines: np.ndarray | None = None
        self._shape: tuple[int, ...] = ()

    def fit(self, items: np.ndarray) -> Self:
        """Remember the scored lines of the items, integers (N, W, L)."""
        self._shape = check_windows(items).shape[1:]
        return self._remember(np.array(items[:, -1:]))

    def update(self, items: np.ndarray) -> Self:
        """Remember those of more items, too."""
        return self._remember(np.concatenate([self._fitted(), self._check(items)]))

    def score(self, items: np.ndarray) -> NDArray[np.float64]:
        """Return the mean cosine distance to the neighbors, (N,) in [0, 1]."""
        vectors = self._vectors(self._check(items))
        distances, _ = self._search.kneighbors(vectors)
        return distances.mean(axis=1)

    def explain(self, items: np.ndarray) -> NDArray[np.float32]:
        """Return what each token adds to the distance to the nearest normal line, (N, L).

        The cosine distance is half the squared Euclidean one of vectors at unit length: a sum over
        tokens. What the normal line alone has is in no token of this line, and left out.
        """
        lines = self._check(items)
        vectors = self._vectors(lines)
        rows = self._search.kneighbors(vectors, n_neighbors=1, return_distance=False)[:, 0]
        excess = (vectors - self._normal[rows]).maximum(0).power(2).toarray() / 2
        numbers = renumber(lines[:, -1], self._known)
        added = np.take_along_axis(excess, numbers, axis=1)
        # A token that stands in the line several times shares it.
        times = np.take_along_axis(self._counts(lines).toarray(), numbers, axis=1)
        result = np.divide(added, times, out=np.zeros(numbers.shape), where=present(lines))
        return result.astype(np.float32)

    def state(self) -> DetectorState:
        """Return the parameters and the remembered lines."""
        lines = self._fitted()
        config = {"parameters": self.parameters.model_dump(), "shape": list(self._shape)}
        return {"config": config, "tensors": {"lines": lines}, "estimators": {}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again."""
        config = state["config"]
        detector = cls(TfidfNeighborsParameters.model_validate(config["parameters"]))
        detector._shape = tuple(config["shape"])
        return detector._remember(state["tensors"]["lines"])

    def _remember(self, lines: np.ndarray) -> Self:
        if len(lines) < self.parameters.neighbors:
            raise ValueError(
                f"neighbors={self.parameters.neighbors} needs at least as many normal samples, "
                f"got {len(lines)}"
            )
        self._lines = lines
        self._known = known_tokens(lines)
        self._weights = TfidfTransformer().fit(self._counts(lines))
        self._normal = self._vectors(lines)
        self._search = NearestNeighbors(
            n_neighbors=self.parameters.neighbors, metric="cosine", algorithm="brute"
        ).fit(self._normal)
        return self

    def _check(self, items: np.ndarray) -> np.ndarray:
        self._fitted()
        return check_windows(items, self._shape)[:, -1:]

    def _vectors(self, lines: np.ndarray) -> csr_array:
        """Map lines (N, 1, L) to unit vectors (N, V)."""
        return csr_array(self._weights.transform(self._counts(lines)))

    def _counts(self, lines: np.ndarray) -> csr_array:
        """Return how often each line has each known token, (N, V)."""
        there = present(lines)
        tokens = renumber(lines[:, -1], self._known)[there]
        starts = np.append(0, there.sum(axis=1).cumsum())
        shape = (len(lines), len(self._known))
        counts = csr_array((np.ones(len(tokens)), tokens, starts), shape=shape)
        counts.sum_duplicates()
        return counts

    def _fitted(self) -> np.ndarray:
        if self._lines is None:
            raise NotFittedError(self)
        return self._lines
