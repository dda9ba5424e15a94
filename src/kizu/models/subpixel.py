"""Strided convolutions between an image and a feature map, at the feature map's resolution.

Shi et al. 2016, "Real-time single image and video super-resolution using an efficient sub-pixel
convolutional neural network": a 4x4 convolution of stride 2 reads, and a transposed one writes,
2x2 squares of pixels, which are four channels at half the size. Between those, both are a plain 3x3
convolution, the same linear map. One to three channels leave a processor's vector units idle; four
times as many do not, which outweighs 9/4 of the products.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Which of a kernel's four taps joins a row of pixels in a square (upper, lower: rows of the table)
# to the square of the feature map before, the same one, the one after (columns); 4 stands for none.
_WRITING = torch.tensor([[3, 1, 4], [4, 2, 0]])
_READING = _WRITING.flip(1)


class SubpixelConvolution(nn.Module):
    """A transposed 4x4 convolution that doubles the size, as a plain one of fewer pixels.

    Args:
        layer: of stride 2 and padding 1; its weight is copied.
    """

    def __init__(self, layer: nn.ConvTranspose2d) -> None:
        super().__init__()
        kernel = _squares(layer.weight.detach().transpose(0, 1), _WRITING)
        self.weight = nn.Parameter(kernel.permute(0, 2, 4, 1, 3, 5).flatten(0, 2))
        bias = layer.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach().repeat_interleave(4))

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, in, H, W) to (N, out, 2H, 2W)."""
        return F.pixel_shuffle(F.conv2d(images, self.weight, self.bias, padding=1), 2)


class UnshuffledConvolution(nn.Module):
    """A 4x4 convolution that halves the size, as a plain one of fewer pixels.

    Args:
        layer: of stride 2 and padding 1; its weight is copied.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        kernel = _squares(layer.weight.detach(), _READING)
        self.weight = nn.Parameter(kernel.permute(0, 1, 2, 4, 3, 5).flatten(1, 3))
        bias = layer.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, in, 2H, 2W) to (N, out, H, W)."""
        return F.conv2d(F.pixel_unshuffle(images, 2), self.weight, self.bias, padding=1)


def _squares(weight: Tensor, taps: Tensor) -> Tensor:
    """Spread a kernel (out, in, 4, 4) to (out, in, row, 3, column, 3)."""
    return F.pad(weight, (0, 1, 0, 1))[:, :, taps][..., taps]
