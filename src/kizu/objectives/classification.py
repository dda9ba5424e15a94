"""Losses of an auxiliary classifier inside the discriminator (AC-GAN)."""

import torch.nn.functional as F
from torch import Tensor


def classification_discriminator(
    real_class_logits: Tensor, real_labels: Tensor, fake_class_logits: Tensor, fake_labels: Tensor
) -> Tensor:
    """Both real and generated images should be given their class.

    Odena et al. 2017, "Conditional image synthesis with auxiliary classifier GANs", equation 3,
    negated.

    Args:
        real_class_logits: (N, K).
        real_labels: (N,) int64.
        fake_class_logits: (M, K).
        fake_labels: (M,) int64, the classes that the generator was asked for.
    """
    real = F.cross_entropy(real_class_logits, real_labels)
    return real + F.cross_entropy(fake_class_logits, fake_labels)


def classification_generator(fake_class_logits: Tensor, fake_labels: Tensor) -> Tensor:
    """Generated images should be given the class that was asked for (same equation)."""
    return F.cross_entropy(fake_class_logits, fake_labels)
