"""The U-Net of denoising diffusion (Ho et al. 2020, appendix B).

Group norm, SiLU, residual blocks that are shifted by the time, self-attention at chosen sizes, and
a skip from every block on the way down to one on the way up.
"""

from collections.abc import Sequence
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.attention import MultiHeadSelfAttention
from kizu.models.checks import check_at_least, check_divisible
from kizu.models.resampling import upsample_convolve
from kizu.models.serialization import ConfiguredModule
from kizu.models.time_embedding import ConditionEmbedding

Layer = TypeVar("Layer", bound=nn.Module)


class GroupNorm(nn.GroupNorm):
    """Group normalization (Wu and He 2018), always in float32.

    Sums over so many values lose too much in half precision; and on a CPU the kernel for bfloat16
    with channels last is four times slower than the one for float32, casts included. Even that one
    takes a third of the time of sampling: without gradients, plain sums do the same sooner.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Normalize (N, C, H, W); float32 whatever comes in, for autocast to cast again."""
        images = images.float()
        last = images.is_contiguous(memory_format=torch.channels_last)
        if images.is_cpu and last and not torch.is_grad_enabled():
            return self._without_gradients(images)
        return super().forward(images)

    def _without_gradients(self, images: Tensor) -> Tensor:
        pixels = images.permute(0, 2, 3, 1).flatten(1, 2)  # (N, P, C) as they lie in memory
        mean = self._of_group(pixels.mean(1))
        centered = pixels - mean
        variance = self._of_group(centered.square().mean(1))
        gain = self.weight * (variance + self.eps).rsqrt()
        normalized = torch.addcmul(self.bias, centered, gain)
        return normalized.unflatten(1, images.shape[2:]).permute(0, 3, 1, 2)

    def _of_group(self, means: Tensor) -> Tensor:
        """Means of channels (N, C) to those of their groups, (N, 1, C)."""
        grouped = means.unflatten(1, (self.num_groups, -1))
        return grouped.mean(2, keepdim=True).expand_as(grouped).reshape(len(means), 1, -1)


class ResidualBlock(nn.Module):
    """Norm, SiLU, conv, shift, norm, SiLU, dropout, conv, and the input beside it.

    The last convolution starts at zero: the block starts as its shortcut.
    """

    def __init__(self, in_channels: int, out_channels: int, groups: int, dropout: float) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.norm1 = GroupNorm(groups, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm2 = GroupNorm(groups, out_channels)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = _zero(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        self.shortcut = (
            nn.Identity()
            if in_channels == out_channels
            else nn.Conv2d(in_channels, out_channels, 1)
        )

    def forward(self, images: Tensor, shift: Tensor) -> Tensor:
        """Map (N, in_channels, H, W), shifted by (N, out_channels), to (N, out_channels, H, W)."""
        hidden = self.conv1(F.silu(self.norm1(images)))
        hidden = hidden + shift[:, :, None, None]
        hidden = self.conv2(self.dropout(F.silu(self.norm2(hidden))))
        return hidden + self.shortcut(images)


class ImageAttention(nn.Module):
    """Residual self-attention over the pixels of a feature map; starts as the identity."""

    def __init__(self, channels: int, heads: int, groups: int) -> None:
        super().__init__()
        self.norm = GroupNorm(groups, channels)
        self.attention = MultiHeadSelfAttention(channels, heads)
        _zero(self.attention.projection)

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        # Channels last, pixels are tokens as they lie in memory.
        pixels = self.norm(images).permute(0, 2, 3, 1)
        attended = self.attention(pixels.flatten(1, 2)).view(pixels.shape)
        return images + attended.permute(0, 3, 1, 2)


class Stage(nn.Module):
    """A residual block, and attention where the feature map has one of the chosen sizes."""

    def __init__(self, block: ResidualBlock, attention: ImageAttention | None) -> None:
        super().__init__()
        self.block = block
        self.attention = attention

    def forward(self, images: Tensor, shift: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, H, W)."""
        hidden = self.block(images, shift)
        return hidden if self.attention is None else self.attention(hidden)


class UNet(ConfiguredModule):
    """Denoising network: noisy images, times and labels in, an image-shaped prediction out.

    Args:
        image_size: height and width in pixels.
        channels: of the images.
        class_count: 0: no classes. Otherwise label ``class_count`` stands for none.
        width: channels of the first level.
        multipliers: channels of each level in units of ``width``; each level halves the size.
        blocks_per_level: residual blocks on the way down; one more on the way up.
        patch_size: pixels a side that become one of the first level's feature map, at a quarter of
            the cost for 2 (Hoogeboom et al. 2023, "Simple diffusion", section 3.2).
        attention_sizes: sizes of feature maps with attention, each of which must occur.
        head_width: channels of an attention head.
        groups: of the group norms.
        dropout: in the residual blocks.

    Raises:
        ValueError: a size that cannot be halved so often, attention at a size that does not occur,
            channels that groups or heads do not divide, or a count below 1.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        width: int = 64,
        multipliers: Sequence[int] = (1, 2, 2),
        blocks_per_level: int = 2,
        patch_size: int = 1,
        attention_sizes: Sequence[int] = (16,),
        head_width: int = 32,
        groups: int = 32,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_at_least(1, channels=channels, width=width, blocks_per_level=blocks_per_level)
        check_at_least(1, **{f"multipliers[{i}]": value for i, value in enumerate(multipliers)})
        check_divisible("width", width, "groups", groups)
        sizes = level_sizes(image_size, patch_size, len(multipliers))
        for size in attention_sizes:
            if size not in sizes:
                raise ValueError(
                    f"attention_sizes={list(attention_sizes)} has {size}, a size that does not "
                    f"occur; choose from: {', '.join(map(str, sizes))}"
                )
        self.class_count = class_count
        self.patch_size = patch_size
        pixels = channels * patch_size**2

        def attention(count: int) -> ImageAttention:
            check_divisible("channels of an attention", count, "head_width", head_width)
            return ImageAttention(count, count // head_width, groups)

        def stage(incoming: int, outgoing: int, size: int) -> Stage:
            block = ResidualBlock(incoming, outgoing, groups, dropout)
            return Stage(block, attention(outgoing) if size in attention_sizes else None)

        self.condition = ConditionEmbedding(width, 4 * width, class_count)
        self.stem = nn.Conv2d(pixels, width, 3, padding=1)
        self.down = nn.ModuleList()
        count, skips = width, [width]
        for index, (multiplier, size) in enumerate(zip(multipliers, sizes, strict=True)):
            if index:
                self.down.append(nn.Conv2d(count, count, 3, stride=2, padding=1))
                skips.append(count)
            for _ in range(blocks_per_level):
                self.down.append(stage(count, multiplier * width, size))
                count = multiplier * width
                skips.append(count)
        self.middle = nn.ModuleList(
            [
                Stage(ResidualBlock(count, count, groups, dropout), attention(count)),
                Stage(ResidualBlock(count, count, groups, dropout), None),
            ]
        )
        self.up = nn.ModuleList()
        levels = list(zip(multipliers, sizes, strict=True))
        for index, (multiplier, size) in enumerate(reversed(levels)):
            if index:
                self.up.append(nn.Conv2d(count, count, 3, padding=1))
            for _ in range(blocks_per_level + 1):
                self.up.append(stage(count + skips.pop(), multiplier * width, size))
                count = multiplier * width
        self.norm = GroupNorm(groups, count)
        self.head = _zero(nn.Conv2d(count, pixels, 3, padding=1))
        # Every block's shift in one product, in the order of the forward pass.
        self._shifts = [s.block.out_channels for s in self.modules() if isinstance(s, Stage)]
        self.shifts = nn.Linear(4 * width, sum(self._shifts))

    def forward(self, images: Tensor, times: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map noisy images (N, C, H, W), times (N,) and labels (N,) to (N, C, H, W)."""
        condition = F.silu(self.condition(times, labels))
        shifts = iter(self.shifts(condition).split(self._shifts, dim=1))
        hidden = self.stem(F.pixel_unshuffle(images, self.patch_size))
        skips = [hidden]
        for layer in self.down:
            hidden = layer(hidden, next(shifts)) if isinstance(layer, Stage) else layer(hidden)
            skips.append(hidden)
        for layer in self.middle:
            hidden = layer(hidden, next(shifts))
        for layer in self.up:
            if isinstance(layer, nn.Conv2d):
                hidden = upsample_convolve(hidden, layer)
            else:
                hidden = layer(torch.cat((hidden, skips.pop()), dim=1), next(shifts))
        return F.pixel_shuffle(self.head(F.silu(self.norm(hidden))), self.patch_size)


def level_sizes(image_size: int, patch_size: int, levels: int) -> list[int]:
    """Sizes of a U-Net's feature maps, halved from level to level.

    Raises:
        ValueError: the image does not split into patches, a size is odd before it is halved, or
            there is no level.
    """
    check_at_least(1, levels=levels)
    check_divisible("image_size", image_size, "patch_size", patch_size)
    first = image_size // patch_size
    check_divisible("image_size / patch_size", first, "downsampling", 2 ** (levels - 1))
    return [first >> level for level in range(levels)]


def _zero(layer: Layer) -> Layer:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
