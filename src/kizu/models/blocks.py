"""Residual blocks of SNGAN, SAGAN and BigGAN.

Miyato et al. 2018, "Spectral normalization for GANs", figure 8; widths and initialization as in
the authors' code. A block is pre-activated (He et al. 2016, "Identity mappings in deep residual
networks": norm and ReLU come before each convolution) as published, or post-activated (He et al.
2016, "Deep residual learning": they come after, and the sum is rectified) for comparison.
Shortcuts read the block's input before its first activation, so no activation here works in place.
"""

import math
from functools import partial
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_choice
from kizu.models.layers import MakeConvolution, convolution
from kizu.models.normalization import MakeNorm
from kizu.models.resampling import (
    INTERPOLATIONS,
    Interpolation,
    convolve_downsample,
    downsample,
    upsample,
    upsample_convolve,
)

Activation = Literal["pre", "post"]
ACTIVATIONS = ("pre", "post")

_spectral_convolution = partial(convolution, weights="spectral")


class GeneratorBlock(nn.Module):
    """Residual block that doubles the image: norm, ReLU, upsample, conv, norm, ReLU, conv.

    Post-activated: upsample, conv, norm, ReLU, conv, norm, then ReLU of the sum. The shortcut is a
    1x1 convolution of the upsampled input. It is computed before the upsampling, which gives the
    same values at a quarter of the cost.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        norm: builds a normalization for a number of channels.
        convolve: builds a convolution.
        activation: "pre" or "post".
        upsampling: "nearest" or "bilinear".

    Raises:
        ValueError: an unknown ``activation`` or ``upsampling``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        norm: MakeNorm,
        convolve: MakeConvolution = convolution,
        activation: Activation = "pre",
        upsampling: Interpolation = "nearest",
    ) -> None:
        super().__init__()
        check_choice("activation", activation, ACTIVATIONS)
        check_choice("upsampling", upsampling, INTERPOLATIONS)
        self.pre_activated = activation == "pre"
        self.upsampling: Interpolation = upsampling
        self.norm1 = norm(in_channels if self.pre_activated else out_channels)
        self.conv1 = convolve(in_channels, out_channels, 3, math.sqrt(2))
        self.norm2 = norm(out_channels)
        self.conv2 = convolve(out_channels, out_channels, 3, math.sqrt(2))
        self.shortcut = convolve(in_channels, out_channels, 1)

    def forward(self, images: Tensor, condition: Tensor | None = None) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, 2H, 2W), normalized for a condition."""
        if self.pre_activated:
            hidden = self._double(F.relu(self.norm1(images, condition)))
            hidden = self.conv2(F.relu(self.norm2(hidden, condition)))
            return hidden + upsample(self.shortcut(images), self.upsampling)
        hidden = F.relu(self.norm1(self._double(images), condition))
        hidden = self.norm2(self.conv2(hidden), condition)
        return F.relu(hidden + upsample(self.shortcut(images), self.upsampling))

    def _double(self, images: Tensor) -> Tensor:
        if self.upsampling == "nearest":
            return upsample_convolve(images, self.conv1)
        return self.conv1(upsample(images, self.upsampling))


class DiscriminatorBlock(nn.Module):
    """Residual block without normalization of features: ReLU, conv, ReLU, conv, average pooling.

    The first block of a discriminator leaves out the first ReLU: it reads the image itself.
    Post-activated: conv, ReLU, conv, pooling, then ReLU of the sum. The shortcut is a 1x1
    convolution where the width or the size changes, computed after the pooling, with which it
    commutes.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        downsample: whether the output is half the size.
        hidden_channels: between the convolutions; None takes the input's, as SNGAN does. The first
            block, SAGAN and BigGAN take the output's.
        first: whether the input is the image.
        strided: whether the first convolution halves its output (a 4x4 convolution of stride 2
            with the weights of the 3x3 one), so that the block works on a quarter of the pixels.
        convolve: builds a convolution.
        activation: "pre" or "post".

    Raises:
        ValueError: an unknown ``activation``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        downsample: bool,
        hidden_channels: int | None = None,
        first: bool = False,
        strided: bool = False,
        convolve: MakeConvolution = _spectral_convolution,
        activation: Activation = "pre",
    ) -> None:
        super().__init__()
        check_choice("activation", activation, ACTIVATIONS)
        self.downsample = downsample
        self.rectify_input = activation == "pre" and not first
        self.rectify_output = activation == "post"
        hidden_channels = hidden_channels or in_channels
        self.strided = strided
        self.conv1 = convolve(in_channels, hidden_channels, 3, math.sqrt(2))
        self.conv2 = convolve(hidden_channels, out_channels, 3, math.sqrt(2))
        self.shortcut = (
            convolve(in_channels, out_channels, 1)
            if downsample or in_channels != out_channels
            else nn.Identity()
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, H, W), halved if downsampling."""
        hidden = F.relu(images) if self.rectify_input else images
        if self.strided:
            hidden, images = convolve_downsample(hidden, self.conv1), downsample(images)
        else:
            hidden = self.conv1(hidden)
        hidden = F.relu(hidden)
        if self.downsample:
            total = convolve_downsample(hidden, self.conv2) + self.shortcut(downsample(images))
        else:
            total = self.conv2(hidden) + self.shortcut(images)
        return F.relu(total) if self.rectify_output else total
