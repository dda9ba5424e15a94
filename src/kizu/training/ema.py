"""Exponential moving average of a network's weights."""

import copy
from typing import Any, Generic, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module, covariant=True)


class ExponentialMovingAverage(Generic[Network]):
    """A second copy of a network that follows its parameters slowly.

    After update number n (from 1) every parameter is ``average ← d·average + (1 - d)·parameter``
    with ``d = min(decay, (1 + n) / (10 + n))`` under warm-up, so that the first, random weights
    fade quickly, and ``d = decay`` without.

    Parameters alone are averaged. Buffers are copied: the mean of two step counters is no counter,
    the mean of two unit vectors (spectral norm's u and v) is no singular vector, and batch norm's
    running statistics are averages already.

    Attributes:
        network: The averaged copy, in eval mode, without gradients.
        updates: Updates so far (the warm-up counter).
    """

    def __init__(self, source: Network, decay: float, *, warmup: bool = True) -> None:
        """Copy `source` as it is now.

        Raises:
            ValueError: `decay` is not in [0, 1).
        """
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be in [0, 1), got {decay}")
        self.source = source
        self.network = copy.deepcopy(source).eval().requires_grad_(False)
        self.decay = decay
        self.warmup = warmup
        self.updates = 0

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the source: a few kernels in all, whatever the layers."""
        self.updates += 1
        decay = self.decay
        if self.warmup:
            decay = min(decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(
            list(self.network.parameters()), list(self.source.parameters()), 1 - decay
        )
        averaged, buffers = list(self.network.buffers()), list(self.source.buffers())
        if buffers:
            torch._foreach_copy_(averaged, buffers)

    def state_dict(self) -> dict[str, Any]:
        """The averaged weights and the warm-up counter."""
        return {"network": self.network.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.network.load_state_dict(state["network"])
        self.updates = state["updates"]
