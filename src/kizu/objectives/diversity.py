"""Regularizers against a generator that makes the same image of every latent."""

import torch
from torch import Tensor

# Of the authors' code: bounds the loss where both images of every pair are the same.
_EPSILON = 1e-5


def mode_seeking_loss(latents: Tensor, images: Tensor) -> Tensor:
    """Inverse of how far images lie apart per distance of their latents.

    Mao et al. 2019, "Mode seeking generative adversarial networks", equation 3 maximizes
    ``d(G(c, z1), G(c, z2)) / d(z1, z2)``; the authors' code minimizes the inverse, with mean
    absolute differences over the batch as distances.

    Args:
        latents: (2N, D); row i and row N + i make a pair.
        images: (2N, C, H, W) of these latents, both of a pair of one class.
    """
    first_latents, second_latents = latents.chunk(2)
    first_images, second_images = images.float().chunk(2)
    apart = (first_images - second_images).abs().mean()
    spread = apart / (first_latents - second_latents).abs().mean()
    return torch.reciprocal(spread + _EPSILON)
