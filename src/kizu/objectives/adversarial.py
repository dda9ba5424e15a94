"""Adversarial losses on discriminator logits.

A pair of functions an objective: ``discriminator(real_logits, fake_logits)`` and
``generator(fake_logits)``, each a scalar to be minimized.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Hinge loss (Miyato et al. 2018, equation 16): real above 1, fake below -1. Logits (N,)."""
    return F.relu(1.0 - real_logits).mean() + F.relu(1.0 + fake_logits).mean()


def hinge_generator(fake_logits: Tensor) -> Tensor:
    """Generator's side of the hinge loss (Miyato et al. 2018, equation 17). Logits (N,)."""
    return -fake_logits.mean()


def cross_entropy_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Binary cross entropy (Goodfellow et al. 2014, equation 1, negated). Logits (N,).

    -log sigmoid(x) = softplus(-x), which neither overflows nor loses the small probabilities.
    """
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def cross_entropy_generator(fake_logits: Tensor) -> Tensor:
    """Non-saturating loss -log D(G(z)) (Goodfellow et al. 2014, section 3). Logits (N,)."""
    return F.softplus(-fake_logits).mean()


@dataclass(frozen=True)
class AdversarialObjective:
    """The two sides of a game between discriminator and generator."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


ADVERSARIAL: Mapping[str, AdversarialObjective] = {
    "hinge": AdversarialObjective(hinge_discriminator, hinge_generator),
    "cross_entropy": AdversarialObjective(cross_entropy_discriminator, cross_entropy_generator),
}
