"""Normalization of feature maps, conditional or not."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from kizu.models.checks import check_choice
from kizu.models.layers import linear
from kizu.models.weights import Weights

Normalization = Literal["batch", "pixel", "none"]
NORMALIZATIONS = ("batch", "pixel", "none")

MakeNorm = Callable[[int], nn.Module]
"""From a number of channels to their normalization, called as (images, condition)."""


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalization with the call signature of the conditional one."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Normalize ``images`` (N, C, H, W); ``labels`` play no part."""
        return super().forward(images)


class PixelNorm(nn.Module):
    """Every pixel's features divided by their root mean square.

    Karras et al. 2018, "Progressive growing of GANs", section 4.2.
    """

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Normalize ``images`` (N, C, H, W) over C; ``labels`` play no part."""
        return images * torch.rsqrt(images.square().mean(dim=1, keepdim=True) + 1e-8)


class NoNorm(nn.Module):
    """Leaves feature maps as they are, with the call signature of a normalization."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return ``images`` (N, C, H, W)."""
        return images


class ConditionalNorm2d(nn.Module):
    """Normalization followed by a gain and a shift that are looked up by class.

    Dumoulin et al. 2017, "A learned representation for artistic style", equation 5; used with
    batch normalization by Miyato & Koyama 2018, "cGANs with projection discriminator". Gains start
    at 1, shifts at 0.
    """

    def __init__(self, normalization: nn.Module, features: int, class_count: int) -> None:
        super().__init__()
        self.normalization = normalization
        self.gain = nn.Embedding(class_count, features)
        self.shift = nn.Embedding(class_count, features)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Normalize ``images`` (N, C, H, W) for the classes ``labels`` (N,)."""
        return _modulate(self.normalization(images), self.gain(labels), self.shift(labels))


class LinearConditionalNorm2d(nn.Module):
    """Batch normalization whose gain and shift are linear in a condition vector.

    Brock et al. 2019, "Large scale GAN training for high fidelity natural image synthesis",
    section 3 and figure 15: the vector is the class's shared embedding and a part of the latent.
    The gain is centered at 1; both maps are orthogonal at the start and have no bias.
    """

    def __init__(self, features: int, condition_dim: int, weights: Weights = "spectral") -> None:
        super().__init__()
        self.normalization = nn.BatchNorm2d(features, affine=False)
        self.gain, self.shift = (
            linear(
                condition_dim, features, bias=False, weights=weights, initialization="orthogonal"
            )
            for _ in range(2)
        )

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        """Normalize ``images`` (N, C, H, W) for the vectors ``condition`` (N, condition_dim)."""
        gain, shift = 1 + self.gain(condition), self.shift(condition)
        return _modulate(self.normalization(images), gain, shift)


def feature_norm(kind: Normalization, features: int, class_count: int) -> nn.Module:
    """Normalization of ``features`` channels, called as ``norm(images, labels)``.

    For ``class_count`` classes its gain and shift depend on the class; for 0 it takes no labels.

    Raises:
        ValueError: ``kind`` is not one of ``NORMALIZATIONS``.
    """
    check_choice("normalization", kind, NORMALIZATIONS)
    if kind == "batch":
        if not class_count:
            return BatchNorm2d(features)
        return ConditionalNorm2d(nn.BatchNorm2d(features, affine=False), features, class_count)
    plain = PixelNorm() if kind == "pixel" else NoNorm()
    return ConditionalNorm2d(plain, features, class_count) if class_count else plain


def _modulate(images: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """Scale and shift ``images`` (N, C, H, W) by ``gain`` and ``shift`` (N, C)."""
    gain, shift = (vector[:, :, None, None].to(images.dtype) for vector in (gain, shift))
    return torch.addcmul(shift, gain, images)
