"""Noise levels: how much of a picture is left, and how much noise has been added.

Everything else in this room states a level in this one form. ``noisy = signal·clean + noise·eps``
covers both views of diffusion: variance preserving (signal² + noise² = 1; DDPM and its timesteps)
and variance exploding (signal = 1, noise = sigma; EDM).
"""

from typing import NamedTuple

import torch
from torch import Tensor


class NoiseLevel(NamedTuple):
    """The two factors of ``noisy = signal·clean + noise·eps``.

    Attributes:
        signal: 0-d float64 on the CPU for one level of a whole batch, which acts like a number on
            every device and in every precision; (N, 1, 1, 1) for a level per image.
        noise: the same shape.
    """

    signal: Tensor
    noise: Tensor

    @property
    def sigma(self) -> Tensor:
        """Noise in units of the signal, the level in the continuous view."""
        return self.noise / self.signal

    @property
    def snr(self) -> Tensor:
        """Signal-to-noise ratio, signal² / noise²."""
        return (self.signal / self.noise).square()


def clean_level() -> NoiseLevel:
    """No noise at all: where every sampler ends."""
    return NoiseLevel(torch.ones((), dtype=torch.float64), torch.zeros((), dtype=torch.float64))


def variance_preserving(sigma: Tensor) -> NoiseLevel:
    """The level of that sigma whose squares sum to one."""
    signal = (1 + sigma.square()).rsqrt()
    return NoiseLevel(signal, sigma * signal)


def add_noise(clean: Tensor, noise: Tensor, level: NoiseLevel) -> Tensor:
    """``signal·clean + noise·eps`` (Ho et al. 2020, equation 4), (N, C, H, W)."""
    return level.signal * clean + level.noise * noise


def noise_between(noisy: Tensor, clean: Tensor, level: NoiseLevel) -> Tensor:
    """The eps that leads from ``clean`` to ``noisy`` at a level: inverse of `add_noise`.

    Samplers call it after the estimate of the clean images has been clipped or edited, so that
    the two always belong together.
    """
    return (noisy - level.signal * clean) / level.noise
