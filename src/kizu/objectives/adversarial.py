"""Adversarial losses on discriminator logits.

A pair of functions an objective, each a scalar to be minimized. In `ADVERSARIAL` are those whose
generator needs the logits of generated images alone; in `RELATIVISTIC` those whose generator is
compared with real images too. Logits are (N,), float32.
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


def cross_entropy_discriminator(
    real_logits: Tensor, fake_logits: Tensor, *, real_target: float = 1.0
) -> Tensor:
    """Binary cross entropy (Goodfellow et al. 2014, equation 1, negated). Logits (N,).

    -log sigmoid(x) = softplus(-x), which neither overflows nor loses the small probabilities.

    Args:
        real_logits: of real images.
        fake_logits: of generated images.
        real_target: probability that real images should be given; below 1 (0.9) it is one-sided
            label smoothing (Salimans et al. 2016, "Improved techniques for training GANs",
            section 3.4). The cross entropy against the target t is softplus(-x) + (1 - t) x.
    """
    real = F.softplus(-real_logits)
    if real_target < 1.0:
        real = real + (1.0 - real_target) * real_logits
    return real.mean() + F.softplus(fake_logits).mean()


def cross_entropy_generator(fake_logits: Tensor) -> Tensor:
    """Non-saturating loss -log D(G(z)) (Goodfellow et al. 2014, section 3). Logits (N,)."""
    return F.softplus(-fake_logits).mean()


def saturating_generator(fake_logits: Tensor) -> Tensor:
    """The game's own generator loss log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1).

    Its slope vanishes where the discriminator is sure that an image is generated. Logits (N,).
    """
    return -F.softplus(fake_logits).mean()


def least_squares_discriminator(
    real_logits: Tensor, fake_logits: Tensor, *, real_target: float = 1.0
) -> Tensor:
    """Least squares with labels a = 0, b = 1 (Mao et al. 2017, equation 9). Logits (N,).

    Args:
        real_logits: of real images.
        fake_logits: of generated images.
        real_target: b, the value that real images should be given; 0.9 smooths the label.
    """
    real = (real_logits - real_target).square().mean()
    return 0.5 * (real + fake_logits.square().mean())


def least_squares_generator(fake_logits: Tensor) -> Tensor:
    """Generator's side of least squares with c = 1 (Mao et al. 2017, equation 9). Logits (N,)."""
    return 0.5 * (fake_logits - 1.0).square().mean()


def wasserstein_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The critic's loss (Arjovsky et al. 2017, equation 2, negated). Logits (N,).

    An estimate of the Wasserstein distance only under a Lipschitz constraint: spectral norm, or
    `kizu.objectives.penalties.gradient_penalty`.
    """
    return fake_logits.mean() - real_logits.mean()


def wasserstein_generator(fake_logits: Tensor) -> Tensor:
    """Generator's side of the critic's loss (Arjovsky et al. 2017, algorithm 1). Logits (N,)."""
    return -fake_logits.mean()


def relativistic_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The real image of each pair should look more real than the generated one.

    Jolicoeur-Martineau 2018, "The relativistic discriminator", equation 4 (RSGAN):
    ``-E log sigmoid(C(x_r) - C(x_f))``. Logits (N,), paired by position.

    Raises:
        ValueError: the batches differ in size.
    """
    if real_logits.shape != fake_logits.shape:
        raise ValueError(
            "the relativistic loss compares pairs, but there are "
            f"{len(real_logits)} real and {len(fake_logits)} generated logits"
        )
    return F.softplus(fake_logits - real_logits).mean()


def relativistic_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Generator's side of the pairs (equation 5 of the same paper): the roles are exchanged."""
    return relativistic_discriminator(fake_logits, real_logits)


def relativistic_average_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Real images should look more real than generated ones on average, and the reverse.

    Jolicoeur-Martineau 2018, equations 6 and 7 (RaSGAN). Logits (N,) and (M,).
    """
    real = F.softplus(fake_logits.mean() - real_logits).mean()
    return real + F.softplus(fake_logits - real_logits.mean()).mean()


def relativistic_average_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Generator's side (equation 8 of the same paper): the roles are exchanged."""
    return relativistic_average_discriminator(fake_logits, real_logits)


@dataclass(frozen=True)
class AdversarialObjective:
    """The two sides of a game: ``discriminator(real, fake)`` and ``generator(fake)``."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class RelativisticObjective:
    """A game whose generator sees real logits too: both sides take ``(real, fake)``."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]


ADVERSARIAL: Mapping[str, AdversarialObjective] = {
    "hinge": AdversarialObjective(hinge_discriminator, hinge_generator),
    "cross_entropy": AdversarialObjective(cross_entropy_discriminator, cross_entropy_generator),
    "saturating": AdversarialObjective(cross_entropy_discriminator, saturating_generator),
    "least_squares": AdversarialObjective(least_squares_discriminator, least_squares_generator),
    "wasserstein": AdversarialObjective(wasserstein_discriminator, wasserstein_generator),
}

RELATIVISTIC: Mapping[str, RelativisticObjective] = {
    "relativistic": RelativisticObjective(relativistic_discriminator, relativistic_generator),
    "relativistic_average": RelativisticObjective(
        relativistic_average_discriminator, relativistic_average_generator
    ),
}
