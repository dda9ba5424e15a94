"""Pre-activation residual blocks of the SNGAN family, and the discriminator's head.

Miyato et al. 2018, "Spectral normalization for GANs", figure 8; layer widths and initialization
as in the authors' code. Shortcuts read the block's input before its first activation, so no
activation here works in place.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_labels
from kizu.models.normalization import batch_norm, spectral_norm

# Folding an upsampling into its convolution pays in float32, from this size of the input on: below,
# summing the kernel costs more than it saves, and matrix units for bfloat16 run a plain convolution
# faster than a transposed one with fewer products.
FOLDING_SIZE = 8


def convolution(
    in_channels: int, out_channels: int, kernel_size: int, gain: float = 1.0
) -> nn.Conv2d:
    """Size-preserving convolution with Xavier uniform weights times ``gain``, zero bias."""
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2)
    nn.init.xavier_uniform_(layer.weight, gain)
    nn.init.zeros_(layer.get_parameter("bias"))
    return layer


def upsample(images: Tensor) -> Tensor:
    """Repeat every pixel of ``images`` (N, C, H, W) into a 2x2 square: (N, C, 2H, 2W)."""
    return F.interpolate(images, scale_factor=2, mode="nearest")


def downsample(images: Tensor) -> Tensor:
    """Average 2x2 squares of ``images`` (N, C, H, W): (N, C, H/2, W/2)."""
    return F.avg_pool2d(images, 2)


def upsample_convolve(images: Tensor, convolution: nn.Conv2d) -> Tensor:
    """Return ``convolution(upsample(images))`` of a 3x3 convolution, at 4/9 of its products.

    A pixel and its three copies meet sums of neighboring kernel taps, so the pair is one transposed
    4x4 convolution of stride 2 whose kernel is the 3x3 one summed over 2x2 windows (Karras et al.
    2018, "Progressive growing of GANs", the authors' fused scaling).
    """
    if images.shape[-1] < FOLDING_SIZE or images.dtype.itemsize < 4:
        return convolution(upsample(images))
    kernel = F.avg_pool2d(convolution.weight.flip(2, 3), 2, stride=1, padding=1, divisor_override=1)
    return F.conv_transpose2d(images, kernel.transpose(0, 1), convolution.bias, stride=2, padding=1)


def convolve_downsample(images: Tensor, convolution: nn.Conv2d) -> Tensor:
    """Return ``downsample(convolution(images))`` of a 3x3 convolution, at 4/9 of its products.

    Averaging four outputs is averaging four shifted kernels: one 4x4 convolution of stride 2.
    """
    kernel = F.avg_pool2d(convolution.weight, 2, stride=1, padding=1)
    return F.conv2d(images, kernel, convolution.bias, stride=2, padding=1)


class GeneratorBlock(nn.Module):
    """Residual block that doubles the image: norm, ReLU, upsample, conv, norm, ReLU, conv.

    The shortcut is a 1x1 convolution of the upsampled input. It is computed before the
    upsampling, which gives the same values at a quarter of the cost.
    """

    def __init__(self, in_channels: int, out_channels: int, class_count: int = 0) -> None:
        super().__init__()
        self.norm1 = batch_norm(in_channels, class_count)
        self.conv1 = convolution(in_channels, out_channels, 3, gain=math.sqrt(2))
        self.norm2 = batch_norm(out_channels, class_count)
        self.conv2 = convolution(out_channels, out_channels, 3, gain=math.sqrt(2))
        self.shortcut = convolution(in_channels, out_channels, 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, 2H, 2W)."""
        hidden = upsample_convolve(F.relu(self.norm1(images, labels)), self.conv1)
        hidden = self.conv2(F.relu(self.norm2(hidden, labels)))
        return hidden + upsample(self.shortcut(images))


class DiscriminatorBlock(nn.Module):
    """Spectrally normalized residual block: ReLU, conv, ReLU, conv, and average pooling.

    The hidden width is the input's, as in the paper. The shortcut is a 1x1 convolution where the
    width or the size changes, computed after the pooling, with which it commutes.
    """

    def __init__(self, in_channels: int, out_channels: int, *, downsample: bool) -> None:
        super().__init__()
        self.downsample = downsample
        self.conv1 = spectral_norm(convolution(in_channels, in_channels, 3, gain=math.sqrt(2)))
        self.conv2 = spectral_norm(convolution(in_channels, out_channels, 3, gain=math.sqrt(2)))
        self.shortcut = (
            spectral_norm(convolution(in_channels, out_channels, 1))
            if downsample or in_channels != out_channels
            else nn.Identity()
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, H, W), halved if downsampling."""
        hidden = F.relu(self.conv1(F.relu(images)))
        if self.downsample:
            return convolve_downsample(hidden, self.conv2) + self.shortcut(downsample(images))
        return self.conv2(hidden) + self.shortcut(images)


class DiscriminatorStem(nn.Module):
    """First block of a discriminator: no activation on the image itself, always halves the size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = spectral_norm(convolution(in_channels, out_channels, 3, gain=math.sqrt(2)))
        self.conv2 = spectral_norm(convolution(out_channels, out_channels, 3, gain=math.sqrt(2)))
        self.shortcut = spectral_norm(convolution(in_channels, out_channels, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, H/2, W/2)."""
        hidden = convolve_downsample(F.relu(self.conv1(images)), self.conv2)
        return hidden + self.shortcut(downsample(images))


class ProjectionHead(nn.Module):
    """Logit of a feature map: a linear part, plus the projection onto the class's embedding.

    Miyato & Koyama 2018, "cGANs with projection discriminator", equation 3:
    ``linear(features) + <embedding(label), pooled>``. With ``spectral``, both weights are
    spectrally normalized.
    """

    def __init__(
        self,
        features: int,
        pooled: int,
        class_count: int,
        *,
        bias: bool = True,
        spectral: bool = True,
    ) -> None:
        super().__init__()
        self.class_count = class_count
        normalize: Callable[[nn.Module], nn.Module] = spectral_norm if spectral else nn.Identity()
        linear = nn.Linear(features, 1, bias=bias)
        nn.init.xavier_uniform_(linear.weight)
        if bias:
            nn.init.zeros_(linear.bias)
        self.linear = normalize(linear)
        if class_count:
            embedding = nn.Embedding(class_count, pooled)
            nn.init.xavier_uniform_(embedding.weight)
            self.embedding = normalize(embedding)

    def forward(self, features: Tensor, pooled: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``features`` (N, F) and ``pooled`` (N, P) to logits (N,)."""
        check_labels(labels, self.class_count)
        logits = self.linear(features).squeeze(1)
        if labels is None:
            return logits
        return logits + torch.sum(self.embedding(labels) * pooled, dim=1)
