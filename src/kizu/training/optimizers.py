"""Optimizers in the form the engine wants them: fused kernels, few launches."""

from collections.abc import Iterable

import torch
from torch import nn


def adam(
    parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]
) -> torch.optim.Adam:
    """Adam (Kingma and Ba, 2015) with one fused kernel for all parameters."""
    return torch.optim.Adam(parameters, lr=learning_rate, betas=betas, fused=True)


def adamw(module: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter, 2019), fused; decay for matrices and kernels only.

    Biases, normalization gains, tokens and position tables of one dimension are not decayed.
    """
    decayed = [p for p in module.parameters() if p.ndim >= 2]
    free = [p for p in module.parameters() if p.ndim < 2]
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}],
        lr=learning_rate,
        fused=True,
    )
