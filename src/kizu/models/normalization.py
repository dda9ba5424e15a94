"""Batch normalization, conditional on a class or not, and spectral normalization."""

from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

Layer = TypeVar("Layer", bound=nn.Module)


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalization with the call signature of the conditional one."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Normalize ``images`` (N, C, H, W); ``labels`` play no part."""
        return super().forward(images)


class ConditionalBatchNorm2d(nn.Module):
    """Batch normalization whose gain and shift are looked up by class.

    Dumoulin et al. 2017, "A learned representation for artistic style", equation 5; used by
    Miyato & Koyama 2018, "cGANs with projection discriminator". Gains start at 1, shifts at 0.
    """

    def __init__(self, features: int, class_count: int) -> None:
        super().__init__()
        self.normalization = nn.BatchNorm2d(features, affine=False)
        self.gain = nn.Embedding(class_count, features)
        self.shift = nn.Embedding(class_count, features)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Normalize ``images`` (N, C, H, W) for the classes ``labels`` (N,)."""
        normalized = self.normalization(images)
        gain = self.gain(labels)[:, :, None, None].to(normalized.dtype)
        shift = self.shift(labels)[:, :, None, None].to(normalized.dtype)
        return torch.addcmul(shift, gain, normalized)


def batch_norm(features: int, class_count: int) -> BatchNorm2d | ConditionalBatchNorm2d:
    """Conditional normalization for ``class_count`` classes, the plain one for 0."""
    return ConditionalBatchNorm2d(features, class_count) if class_count else BatchNorm2d(features)


class SpectralNorm(nn.Module):
    """Parametrization that divides a weight by its largest singular value.

    Miyato et al. 2018, "Spectral normalization for GANs", algorithm 1: one power iteration per
    training forward on the weight as a matrix (out, everything else), with the singular vectors
    ``u`` and ``v`` kept between forwards. In evaluation mode they stay as they are, so that the
    network is a pure function of its input. Unlike torch's parametrization, the iteration runs in
    the weight's own precision under autocast: a sigma rounded to bfloat16 is off by up to 0.4%.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        matrix = weight.detach().flatten(1)
        # A first estimate close to the true vectors: a random start would let the first
        # training steps run with a sigma that is far too small.
        u = F.normalize(torch.randn(matrix.shape[0]).to(matrix), dim=0)
        for _ in range(15):
            v = F.normalize(matrix.T @ u, dim=0)
            u = F.normalize(matrix @ v, dim=0)
        self.register_buffer("u", u)
        self.register_buffer("v", v)

    def forward(self, weight: Tensor) -> Tensor:
        """Return ``weight`` / sigma, differentiable through both."""
        matrix = weight.flatten(1)
        with torch.autocast(weight.device.type, enabled=False):
            if self.training:
                with torch.no_grad():
                    self.v.copy_(F.normalize(matrix.T @ self.u, dim=0))
                    self.u.copy_(F.normalize(matrix @ self.v, dim=0))
            # Copies, because a later forward may update the buffers before this one's backward.
            sigma = torch.dot(self.u.clone(), matrix @ self.v.clone())
            return weight / sigma


def spectral_norm(layer: Layer) -> Layer:
    """Normalize ``layer.weight`` spectrally, in place; initialize the weight before."""
    weight = layer.get_parameter("weight")
    parametrize.register_parametrization(layer, "weight", SpectralNorm(weight))
    return layer
