"""What a bidirectional GAN says of items."""

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Discrimination = Literal["features", "cross_entropy"]


def bigan_scores(
    generator: nn.Module,
    encoder: nn.Module,
    discriminator: Any,
    items: Tensor,
    discrimination: Discrimination,
    weight: float,
) -> Tensor:
    """Return ``(1 - weight) reconstruction + weight discrimination``, (N,).

    Zenati et al. 2018, "Efficient GAN-Based Anomaly Detection", section 3: the L1 distance between
    an item and its reconstruction G(E(x)), and what the joint discriminator says of them.

    Args:
        generator: maps latents to items.
        encoder: maps items to latents.
        discriminator: maps pairs (x, z) to logits, and by ``features`` to features.
        items: (N, …).
        discrimination: the L1 distance of the features of (x, E(x)) and (G(E(x)), E(x)), or the
            cross entropy of calling (x, E(x)) real.
        weight: in [0, 1].
    """
    latent = encoder(items)
    reconstruction = generator(latent)
    residual = (items - reconstruction).abs().flatten(1).sum(dim=1)
    if discrimination == "features":
        features = discriminator.features(items, latent)
        reconstructed = discriminator.features(reconstruction, latent)
        judged = (features - reconstructed).abs().sum(dim=1)
    else:
        # -log sigmoid(logit): the cross entropy against the label "real".
        judged = F.softplus(-discriminator(items, latent))
    return torch.lerp(residual, judged, weight)
