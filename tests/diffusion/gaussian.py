"""Data for which the best denoiser is known: every pixel normal, with one standard deviation."""

import torch
from torch import Tensor

from kizu.diffusion.levels import NoiseLevel

STD = 0.5


def optimal(noisy: Tensor, level: NoiseLevel) -> Tensor:
    """E[clean | noisy] (the posterior mean of two normal distributions)."""
    total = level.signal.square() * STD**2 + level.noise.square()
    return level.signal * STD**2 / total * noisy


def normal(count: int, seed: int = 0) -> Tensor:
    """Standard normal (count, 1, 1, 1), with mean 0 and standard deviation 1 exactly."""
    draws = torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return ((draws - draws.mean()) / draws.std(correction=0)).view(-1, 1, 1, 1)
