"""Likelihood under a language model that reads the lines before as well."""

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.networks import frozen
from kizu.detection.protocol import DetectorState
from kizu.detection.text.likelihood import Likelihood
from kizu.detection.text.parameters import TransformerParameters
from kizu.detection.text.sequences import of_last_line
from kizu.detection.text.trained import TrainedTextDetector


class Transformer(Likelihood, TrainedTextDetector):
    """Mean surprise of a line's tokens to a causal transformer that has read the lines before."""

    _parameters_type = TransformerParameters
    _name = "transformer"

    def fit(self, items: np.ndarray) -> Self:
        """Train on normal windows, integers (N, W, L), and see what surprise is usual."""
        super().fit(items)
        self._learn_usual(items)
        return self

    def state(self) -> DetectorState:
        """Return what every such detector stores, and the usual surprise."""
        state = super().state()
        return {**state, "config": {**state["config"], "usual": self._usual}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._usual = state["config"]["usual"]
        return detector

    def _surprise(self, items: np.ndarray) -> NDArray[np.float64]:
        sequences = self._sequences(items)
        model = self._networks["model"]
        # Nothing is predicted of the first token, a boundary.
        surprise = np.zeros(sequences.tokens.shape)
        start = 0
        with frozen(model), torch.no_grad():
            for tokens in self._in_batches(sequences):
                logits = model(tokens[:, :-1]).cpu().double()
                chosen = logits.log_softmax(dim=-1).gather(2, tokens[:, 1:, None].cpu())
                surprise[start : start + len(tokens), 1:] = -chosen.squeeze(2).numpy()
                start += len(tokens)
        return of_last_line(surprise, sequences, items)
