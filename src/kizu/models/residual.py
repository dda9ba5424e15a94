"""Generator and discriminator made of residual blocks, as SNGAN, SAGAN and BigGAN plan them."""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import NamedTuple, Unpack

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.attention import SelfAttention2d
from kizu.models.blocks import Activation, DiscriminatorBlock, GeneratorBlock
from kizu.models.checks import check_at_least, check_labels, check_subset
from kizu.models.discriminator import Block, Discriminator, DiscriminatorOptions, Reading
from kizu.models.generator import Generator
from kizu.models.layers import Initialization, MakeConvolution, convolution, linear
from kizu.models.normalization import feature_norm
from kizu.models.resampling import Interpolation
from kizu.models.weights import Weights


class ResidualPlan(NamedTuple):
    """Layers of a residual GAN for one image size; channels as multiples of a base width.

    Attributes:
        bottom: size of the generator's first feature map.
        generator: channels from the first feature map on; every block doubles the size.
        discriminator: channels after each block.
        downsampling: whether each block of the discriminator halves the size.
        generator_width: base width of the generator as published.
        discriminator_width: base width of the discriminator as published.
        head_bias: whether the discriminator's logit has a bias as published.
    """

    bottom: int
    generator: tuple[int, ...]
    discriminator: tuple[int, ...]
    downsampling: tuple[bool, ...]
    generator_width: int
    discriminator_width: int
    head_bias: bool = True

    @property
    def doubled_sizes(self) -> tuple[int, ...]:
        """Size of the generator's feature map after each block."""
        return tuple(self.bottom << level for level in range(1, len(self.generator)))


class ResidualGenerator(Generator):
    """Projected latent, residual blocks that double the size, then norm, ReLU, conv and tanh.

    Args:
        plan: of the layers.
        channels: of the images.
        class_count: for conditional batch normalization, 0 for the plain one.
        latent_dim: of the input.
        width: base width; None as published.
        weights: kind of the weights of every convolution and linear layer.
        activation: of the blocks, "pre" or "post".
        upsampling: of the blocks, "nearest" or "bilinear".
        attention_sizes: sizes of feature maps that attend to themselves.

    Raises:
        ValueError: a size that no feature map has, a count below 1, or an unknown option.
    """

    def __init__(
        self,
        plan: ResidualPlan,
        channels: int,
        class_count: int,
        latent_dim: int,
        width: int | None,
        *,
        weights: Weights = "plain",
        activation: Activation = "pre",
        upsampling: Interpolation = "nearest",
        attention_sizes: Sequence[int] = (),
    ) -> None:
        super().__init__()
        width = self.config["width"] = plan.generator_width if width is None else width
        check_at_least(1, channels=channels, latent_dim=latent_dim, width=width)
        check_at_least(0, class_count=class_count)
        check_subset("attention_sizes", attention_sizes, plan.doubled_sizes)
        self.latent_dim = latent_dim
        self.class_count = class_count
        self.bottom = plan.bottom
        widths = [multiple * width for multiple in plan.generator]
        convolve = partial(convolution, weights=weights)
        self.linear = linear(latent_dim, self.bottom**2 * widths[0], weights=weights)
        self.blocks = nn.ModuleList(
            GeneratorBlock(
                before,
                after,
                norm=partial(feature_norm, "batch", class_count=class_count),
                convolve=convolve,
                activation=activation,
                upsampling=upsampling,
            )
            for before, after in pairwise(widths)
        )
        self.attention = attention_layers(plan, widths[1:], attention_sizes, convolve)
        # A post-activated block has normalized and rectified its output itself.
        self.norm = nn.BatchNorm2d(widths[-1]) if activation == "pre" else nn.Identity()
        self.to_image = convolve(widths[-1], channels, 3)

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
        check_labels(labels, self.class_count)
        hidden = self.linear(latent).view(len(latent), -1, self.bottom, self.bottom)
        for block in self.blocks:
            hidden = block(hidden, labels)
            size = str(hidden.shape[-1])
            if size in self.attention:
                hidden = self.attention[size](hidden)
        return torch.tanh(self.to_image(F.relu(self.norm(hidden))))


def attention_layers(
    plan: ResidualPlan,
    widths: Sequence[int],
    attention_sizes: Sequence[int],
    convolve: MakeConvolution,
) -> nn.ModuleDict:
    """Return a generator's attention layers by the size of their feature map.

    ``widths`` are the channels after each block.
    """
    channels = dict(zip(plan.doubled_sizes, widths, strict=True))
    make = partial(convolve, bias=False)
    return nn.ModuleDict(
        {str(size): SelfAttention2d(channels[size], make) for size in attention_sizes}
    )


class ResidualDiscriminator(Discriminator):
    """Residual blocks, then the sum of the last rectified feature map over its places.

    Args:
        plan: of the layers.
        image_size: height and width of the images.
        channels: of the images.
        class_count: 0 for an unconditional one.
        width: base width; None as published.
        wide: whether a block's hidden channels are its output's, not its input's.
        weights: kind of all weights.
        initialization: of all weights.
        activation: of the blocks, "pre" or "post".
        head_bias: whether the logit has a bias; None as published.
        strided_stem: whether the first convolution halves the image, so that all else sees a
            quarter of the pixels. A map of odd size then loses its last row and column.
        attention_sizes: sizes of feature maps that attend to themselves.
        options: see `DiscriminatorOptions`.

    Raises:
        ValueError: a size that no feature map has, a count below 1, or an unknown option.
    """

    def __init__(
        self,
        plan: ResidualPlan,
        image_size: int,
        channels: int,
        class_count: int,
        width: int | None,
        *,
        wide: bool = False,
        weights: Weights = "spectral",
        initialization: Initialization = "xavier",
        activation: Activation = "pre",
        head_bias: bool | None = None,
        strided_stem: bool = False,
        attention_sizes: Sequence[int] = (),
        **options: Unpack[DiscriminatorOptions],
    ) -> None:
        width = self.config["width"] = plan.discriminator_width if width is None else width
        check_at_least(1, channels=channels, width=width)
        convolve = partial(convolution, weights=weights, initialization=initialization)
        largest = image_size // 2 if strided_stem else image_size
        sizes = [largest >> halvings for halvings in accumulate(plan.downsampling)]
        check_subset("attention_sizes", attention_sizes, sorted({*sizes} - {1}))
        blocks: list[Block] = []
        before = channels
        for number, multiple in enumerate(plan.discriminator, start=1):
            after = multiple * width
            block = DiscriminatorBlock(
                before,
                after,
                downsample=plan.downsampling[number - 1],
                # The image's few channels are too narrow.
                hidden_channels=after if wide or not blocks else before,
                first=not blocks,
                strided=strided_stem and not blocks,
                convolve=convolve,
                activation=activation,
            )
            blocks.append(Block(f"block{number}", block, after))
            size = sizes[number - 1]
            if size in attention_sizes and size not in sizes[: number - 1]:
                attention = SelfAttention2d(after, partial(convolve, bias=False))
                blocks.append(Block(f"attention{size}", attention, after))
            before = after
        reading = Reading(
            sizes[-1],
            flattened=False,
            weights=weights,
            bias=plan.head_bias if head_bias is None else head_bias,
            initialization=initialization,
        )
        super().__init__(blocks, reading, class_count, **options)
