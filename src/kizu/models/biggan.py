"""BigGAN: a class embedding shared by all layers, and a latent that reaches every block.

Brock et al. 2019, "Large scale GAN training for high fidelity natural image synthesis", appendix B
(table 4) for 128x128; the smaller sizes follow the authors' PyTorch code. Truncation at
sampling is `kizu.models.latents.truncated_normal`.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Unpack

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.blocks import GeneratorBlock
from kizu.models.checks import check_at_least, check_choice, check_labels, check_subset
from kizu.models.discriminator import DiscriminatorOptions
from kizu.models.generator import Generator
from kizu.models.layers import convolution, embedding, linear
from kizu.models.normalization import BatchNorm2d, LinearConditionalNorm2d, MakeNorm
from kizu.models.residual import ResidualDiscriminator, ResidualPlan, attention_layers

PLANS = {
    16: ResidualPlan(4, (4, 4, 4), (4, 4, 4), (True, False, False), 64, 64),
    32: ResidualPlan(4, (4, 4, 4, 4), (4, 4, 4, 4), (True, True, False, False), 64, 64),
    64: ResidualPlan(
        4, (16, 16, 8, 4, 2), (1, 2, 4, 8, 16), (True, True, True, True, False), 64, 64
    ),
    128: ResidualPlan(4, (16, 16, 8, 4, 2, 1), (1, 2, 4, 8, 16, 16), (*(True,) * 5, False), 96, 96),
}

# Where the attention is by default, for each image size.
ATTENTION_SIZES: dict[int, tuple[int, ...]] = {16: (), 32: (), 64: (32,), 128: (64,)}


class BigganGenerator(Generator):
    """Residual generator whose every normalization reads the class and a part of the latent.

    The latent is cut into one part for the first layer and one for each block (a hierarchical
    latent, section 3); where it does not divide, the first part is the longer one. 70,433,988
    parameters for 128x128 color images of 1,000 classes with 120 latent dimensions.

    Args:
        image_size: height and width of the images.
        channels: of the images.
        class_count: 0 for an unconditional one.
        latent_dim: of the input.
        width: base width; None takes the published one.
        embedding_dim: of the class embedding that all layers share.
        hierarchical: whether blocks see the latent; otherwise the first layer alone does.
        attention_sizes: sizes of feature maps that attend to themselves; None takes the published.

    Raises:
        ValueError: an ``image_size`` without a plan, a count below 1, fewer latent dimensions than
            parts, or attention at a size that no feature map has.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 120,
        width: int | None = None,
        *,
        embedding_dim: int = 128,
        hierarchical: bool = True,
        attention_sizes: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, PLANS)
        plan = PLANS[image_size]
        width = plan.generator_width if width is None else width
        if attention_sizes is None:
            attention_sizes = ATTENTION_SIZES[image_size]
        block_count = len(plan.doubled_sizes)
        check_at_least(1, channels=channels, width=width, embedding_dim=embedding_dim)
        check_at_least(1 + block_count if hierarchical else 1, latent_dim=latent_dim)
        check_at_least(0, class_count=class_count)
        check_subset("attention_sizes", attention_sizes, plan.doubled_sizes)
        self.config |= {"width": width, "attention_sizes": list(attention_sizes)}
        self.latent_dim = latent_dim
        self.class_count = class_count
        self.bottom = plan.bottom
        self.latent_parts = _parts(latent_dim, block_count if hierarchical else 0)
        self.block_count = block_count
        widths = [multiple * width for multiple in plan.generator]
        convolve = partial(convolution, weights="spectral", initialization="orthogonal")
        # Not spectrally normalized: the norm of an embedding would be shared by all classes.
        self.embedding = (
            embedding(class_count, embedding_dim, initialization="orthogonal")
            if class_count
            else None
        )
        self.linear = linear(
            self.latent_parts[0],
            self.bottom**2 * widths[0],
            weights="spectral",
            initialization="orthogonal",
        )
        condition_dim = (embedding_dim if class_count else 0) + sum(self.latent_parts[1:2])
        norm: MakeNorm = BatchNorm2d
        if condition_dim:
            norm = partial(LinearConditionalNorm2d, condition_dim=condition_dim)
        self.blocks = nn.ModuleList(
            GeneratorBlock(before, after, norm=norm, convolve=convolve)
            for before, after in pairwise(widths)
        )
        self.attention = attention_layers(plan, widths[1:], attention_sizes, convolve)
        self.norm = nn.BatchNorm2d(widths[-1])
        self.to_image = convolve(widths[-1], channels, 3)

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
        check_labels(labels, self.class_count)
        first, *parts = latent.split(self.latent_parts, dim=1)
        hidden = self.linear(first).view(len(latent), -1, self.bottom, self.bottom)
        shared = [] if self.embedding is None else [self.embedding(labels)]
        for index, block in enumerate(self.blocks):
            seen = [*shared, *parts[index : index + 1]]
            hidden = block(hidden, torch.cat(seen, dim=1) if seen else None)
            size = str(hidden.shape[-1])
            if size in self.attention:
                hidden = self.attention[size](hidden)
        return torch.tanh(self.to_image(F.relu(self.norm(hidden))))


class BigganDiscriminator(ResidualDiscriminator):
    """Residual discriminator with projection; hidden channels are a block's output's.

    87,982,370 parameters for 128x128 color images of 1,000 classes.

    Raises:
        ValueError: an ``image_size`` without a plan, a count below 1, attention at a size that no
            feature map has, or an unknown option.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        width: int | None = None,
        *,
        attention_sizes: Sequence[int] | None = None,
        **options: Unpack[DiscriminatorOptions],
    ) -> None:
        check_choice("image_size", image_size, PLANS)
        if attention_sizes is None:
            attention_sizes = ATTENTION_SIZES[image_size]
        self.config["attention_sizes"] = list(attention_sizes)
        super().__init__(
            PLANS[image_size],
            image_size,
            channels,
            class_count,
            width,
            wide=True,
            initialization="orthogonal",
            attention_sizes=attention_sizes,
            **options,
        )


def _parts(latent_dim: int, block_count: int) -> list[int]:
    """Cut a latent into one part and one equal part for each block; the rest joins the first."""
    part = latent_dim // (1 + block_count)
    return [latent_dim - block_count * part, *[part] * block_count]
