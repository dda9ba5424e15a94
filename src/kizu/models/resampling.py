"""Doubling and halving of feature maps, alone and folded into a convolution."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_choice

Interpolation = Literal["nearest", "bilinear"]
INTERPOLATIONS = ("nearest", "bilinear")
Upsampling = Literal["transposed", "nearest", "bilinear"]
UPSAMPLINGS = ("transposed", "nearest", "bilinear")

# Folding an upsampling into its convolution pays in float32, from this size of the input on: below,
# summing the kernel costs more than it saves, and matrix units for bfloat16 run a plain convolution
# faster than a transposed one with fewer products.
FOLDING_SIZE = 8


def upsample(images: Tensor, mode: Interpolation = "nearest") -> Tensor:
    """Double ``images`` (N, C, H, W) to (N, C, 2H, 2W); "nearest" repeats every pixel 2x2."""
    return F.interpolate(images, scale_factor=2, mode=mode)


def downsample(images: Tensor) -> Tensor:
    """Average 2x2 squares of ``images`` (N, C, H, W): (N, C, H/2, W/2)."""
    return F.avg_pool2d(images, 2)


def upsample_convolve(images: Tensor, convolution: nn.Conv2d) -> Tensor:
    """Return a 3x3 ``convolution`` of ``upsample(images)``, at 4/9 of its products.

    A pixel and its three copies meet sums of neighboring kernel taps, so the pair is one transposed
    4x4 convolution of stride 2 whose kernel is the 3x3 one summed over 2x2 windows (Karras et al.
    2018, "Progressive growing of GANs", the authors' fused scaling).
    """
    weight = convolution.weight
    if images.shape[-1] < FOLDING_SIZE or images.dtype.itemsize < 4:
        return F.conv2d(upsample(images), weight, convolution.bias, padding=1)
    kernel = F.avg_pool2d(weight.flip(2, 3), 2, stride=1, padding=1, divisor_override=1)
    return F.conv_transpose2d(images, kernel.transpose(0, 1), convolution.bias, stride=2, padding=1)


def convolve_downsample(images: Tensor, convolution: nn.Conv2d) -> Tensor:
    """Return ``downsample(convolution(images))`` of a 3x3 convolution, at 4/9 of its products.

    Averaging four outputs is averaging four shifted kernels: one 4x4 convolution of stride 2.
    """
    kernel = F.avg_pool2d(convolution.weight, 2, stride=1, padding=1)
    return F.conv2d(images, kernel, convolution.bias, stride=2, padding=1)


class UpsampleConvolution(nn.Conv2d):
    """Upsampling followed by a 3x3 convolution: no pixel gets more kernel taps than another.

    Odena et al. 2016, "Deconvolution and checkerboard artifacts".
    """

    def __init__(
        self, in_channels: int, out_channels: int, mode: Interpolation, bias: bool = True
    ) -> None:
        super().__init__(in_channels, out_channels, 3, padding=1, bias=bias)
        self.mode: Interpolation = mode

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, 2H, 2W)."""
        if self.mode == "nearest":
            return upsample_convolve(images, self)
        return super().forward(upsample(images, self.mode))


def doubling(
    in_channels: int, out_channels: int, upsampling: Upsampling, bias: bool = True
) -> nn.ConvTranspose2d | UpsampleConvolution:
    """Layer that doubles a feature map: a transposed 4x4 convolution, or the one above.

    Raises:
        ValueError: ``upsampling`` is not one of ``UPSAMPLINGS``.
    """
    check_choice("upsampling", upsampling, UPSAMPLINGS)
    if upsampling == "transposed":
        return nn.ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1, bias=bias)
    return UpsampleConvolution(in_channels, out_channels, upsampling, bias)
