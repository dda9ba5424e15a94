"""Nearest neighbors on what a language model makes of lines."""

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.neighbors import NeighborIndex
from kizu.detection.networks import frozen
from kizu.detection.protocol import DetectorState
from kizu.detection.text.parameters import StateNeighborsParameters
from kizu.detection.text.sequences import last_line
from kizu.detection.text.trained import TrainedTextDetector


class StateNeighbors(TrainedTextDetector):
    """Distance to the nearest normal lines in what a language model makes of them.

    A line's vector is the mean of the transformer's states at its tokens and its end, after it has
    read the lines before.
    """

    parameters: StateNeighborsParameters
    _parameters_type = StateNeighborsParameters
    _name = "state_neighbors"

    def fit(self, items: np.ndarray) -> Self:
        """Train on normal windows, integers (N, W, L), and remember their lines' vectors."""
        super().fit(items)
        self._remember(self._vectors(items))
        return self

    def score(self, items: np.ndarray) -> NDArray[np.float64]:
        """Return the mean distance to the neighbors' vectors, (N,)."""
        vectors = self._vectors(items)
        return self._index.mean_distance(vectors)

    def explain(self, items: np.ndarray) -> None:
        """Return None: a distance of means has no place in the line."""

    def state(self) -> DetectorState:
        """Return what every such detector stores, and the remembered vectors."""
        state = super().state()
        return {**state, "tensors": {**state["tensors"], "vectors": self._memory}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._remember(state["tensors"]["vectors"])
        return detector

    def _remember(self, vectors: np.ndarray) -> None:
        self._memory = vectors
        self._index = NeighborIndex(vectors, self.parameters.neighbors)

    def _vectors(self, items: np.ndarray) -> NDArray[np.float32]:
        """Map items to the mean states of their scored lines, (N, width)."""
        sequences = self._sequences(items)
        own = last_line(sequences, items)
        model = self._networks["model"]
        found = []
        start = 0
        with frozen(model), torch.no_grad():
            for tokens in self._in_batches(sequences):
                states = model.features(tokens)
                weights = torch.from_numpy(own[start : start + len(tokens)]).to(states)
                mean = (states * weights[..., None]).sum(dim=1) / weights.sum(dim=1)[:, None]
                found.append(mean.cpu().numpy())
                start += len(tokens)
        return np.concatenate(found)
