"""What the text detectors share whose `fit` trains a language model."""

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
import torch

from kizu.detection.named_task import NamedTask
from kizu.detection.protocol import DetectorState
from kizu.detection.text.parameters import TransformerParameters
from kizu.detection.text.sequences import Sequences, known_tokens, last_line, renumber, to_sequences
from kizu.detection.text.windows import check_windows
from kizu.detection.trained import NetworkTypes, TrainedDetector
from kizu.models.language import LanguageModel
from kizu.training.loop import train
from kizu.training.next_token import NO_TOKEN, NextTokenTask
from kizu.training.optimizers import adamw
from kizu.training.randomness import seeded
from kizu.training.schedules import warmup_cosine

# Of one forward pass while scoring, 4 bytes each.
_LOGITS_AT_ONCE = 2**24


class TrainedTextDetector(TrainedDetector):
    """A language model of windows, and the tokens that it knows."""

    parameters: TransformerParameters
    _network_types: ClassVar[NetworkTypes] = {"model": (LanguageModel,)}
    _name: ClassVar[str]

    def fit(self, items: np.ndarray) -> Self:
        """Train the language model to name the scored lines of windows, integers (N, W, L).

        The lines before them are read only: some may be anomalous.
        """
        own = self.parameters
        lines, width = check_windows(items).shape[1:]
        self._known = known_tokens(items[:, -1])
        sequences = to_sequences(renumber(items, self._known))
        named = last_line(sequences, items)
        with seeded(own.training.seed):
            model = LanguageModel(
                len(self._known),
                context_length=lines * (width + 1) + 1,
                width=own.width,
                depth=own.depth,
                heads=own.heads,
                dropout=own.dropout,
            )
        task = NextTokenTask(
            model,
            adamw(model, own.learning_rate, own.weight_decay),
            warmup_cosine(own.training.steps, own.training.steps // 10),
        )
        result = train(
            NamedTask(self._name, task),
            {
                "tokens": sequences.tokens,
                "targets": np.where(named, sequences.tokens, NO_TOKEN),
            },
            own.training,
            self.checkpoints,
            description=self._name,
        )
        self.history = result.history
        self._keep({"model": model}, (lines, width))
        return self

    def state(self) -> DetectorState:
        """Return what every trained detector stores, and the known tokens."""
        state = super().state()
        return {**state, "tensors": {**state["tensors"], "known": self._known}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._known = state["tensors"]["known"]
        return detector

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return check_windows(items, shape)

    def _sequences(self, items: np.ndarray) -> Sequences:
        return to_sequences(renumber(self._check(items), self._known))

    def _in_batches(self, sequences: Sequences) -> Iterator[torch.Tensor]:
        """Yield the sequences' tokens on the device, so many that their logits fit in memory."""
        step = max(1, _LOGITS_AT_ONCE // (sequences.tokens.shape[1] * len(self._known)))
        for start in range(0, len(sequences.tokens), step):
            tokens = torch.from_numpy(sequences.tokens[start : start + step])
            # Behind the end stands any token: nothing before it looks there.
            yield tokens.clamp(min=0).to(self._device)
