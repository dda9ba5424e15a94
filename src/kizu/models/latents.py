"""Latents to sample from."""

import math

import torch
from torch import Tensor


def truncated_normal(
    count: int, latent_dim: int, truncation: float, generator: torch.Generator | None = None
) -> Tensor:
    """Draw from the normal distribution restricted to [-truncation, truncation].

    The truncation trick (Brock et al. 2019, "Large scale GAN training for high fidelity natural
    image synthesis", section 3.1): values outside are drawn anew, here by the inverse of the
    distribution function. A smaller truncation gives truer but less varied samples.

    Args:
        count: number of latents.
        latent_dim: dimensions of each.
        truncation: largest absolute value, above 0.
        generator: of random numbers, on the CPU.

    Returns:
        (count, latent_dim) float32.

    Raises:
        ValueError: ``truncation`` is not above 0.
    """
    if not truncation > 0:
        raise ValueError(f"truncation={truncation} must be above 0")
    shares = torch.rand(count, latent_dim, generator=generator, dtype=torch.float64)
    # The distribution function of |z|; erfinv of its share of the allowed range is in that range.
    largest = math.erf(truncation / math.sqrt(2))
    latents = math.sqrt(2) * torch.erfinv((2 * shares - 1) * largest)
    return latents.float().clamp(-truncation, truncation)
