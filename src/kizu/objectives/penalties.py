"""Regularizers of the discriminator, and of any network's weights.

Gradients with respect to images are recorded, so that the penalties can be minimized
(double backward). `judge` maps images (N, C, H, W) to logits (N,).
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

Judge = Callable[[Tensor], Tensor]


def gradient_penalty(
    judge: Judge, reals: Tensor, fakes: Tensor, generator: torch.Generator
) -> Tensor:
    """Squared distance of the gradient's norm from 1, between real and generated images.

    Gulrajani et al. 2017, "Improved training of Wasserstein GANs", equation 3: at points drawn
    uniformly on the lines between pairs; the paper's weight is 10. Assumes a discriminator that
    treats the images of a batch independently, as batch norm does not (section 4).

    Args:
        judge: the discriminator, given the classes of the real images.
        reals: (N, C, H, W).
        fakes: (N, C, H, W).
        generator: on the images' device; draws the points.
    """
    position = torch.rand(
        len(reals), 1, 1, 1, generator=generator, device=reals.device, dtype=reals.dtype
    )
    images = torch.lerp(reals.detach(), fakes.detach().to(reals.dtype), position)
    norms = _image_gradients(judge, images).flatten(1).norm(dim=1)
    return (norms - 1.0).square().mean()


def r1_penalty(judge: Judge, reals: Tensor) -> Tensor:
    """Half the squared norm of the gradient at real images.

    Mescheder et al. 2018, "Which training methods for GANs do actually converge?", equation 9;
    the weight is the paper's gamma.
    """
    return 0.5 * _image_gradients(judge, reals.detach()).flatten(1).square().sum(dim=1).mean()


def consistency_penalty(logits: Tensor, augmented_logits: Tensor) -> Tensor:
    """Squared difference of the logits of real images and of the same images, augmented.

    Zhang et al. 2020, "Consistency regularization for GANs", equation 4 with the final layer
    alone, as in its experiments (lambda = 10). Logits (N,).
    """
    return (logits - augmented_logits).square().mean()


def orthogonal_penalty(weights: Iterable[Tensor]) -> Tensor:
    """Sum over matrices of ``|W Wᵀ ⊙ (1 - I)|²``: rows may have any norm, but no overlap.

    Brock et al. 2019, "Large scale GAN training", equation 3 (its weight there is 1e-4), rows in
    place of columns as in the authors' code: a row makes one output channel.

    Args:
        weights: each (out, …); everything behind the first axis is a row.
    """
    penalties = []
    for weight in weights:
        rows = weight.flatten(1)
        overlaps = rows @ rows.T
        penalties.append((overlaps - overlaps.diagonal().diag()).square().sum())
    return torch.stack(penalties).sum()


def _image_gradients(judge: Judge, images: Tensor) -> Tensor:
    """Gradient of each image's logit with respect to that image, with a graph of its own."""
    images.requires_grad_()
    (gradients,) = torch.autograd.grad(judge(images).sum(), images, create_graph=True)
    return gradients
