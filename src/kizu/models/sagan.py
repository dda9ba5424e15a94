"""SAGAN: the residual SNGAN with self-attention, and spectral normalization in both networks.

Zhang et al. 2019, "Self-attention generative adversarial networks". The paper makes images of
128x128 and puts the attention at 32x32 in both networks; smaller sizes follow SNGAN's plans.
"""

from collections.abc import Sequence
from typing import Unpack

from kizu.models.checks import check_choice
from kizu.models.discriminator import DiscriminatorOptions
from kizu.models.residual import ResidualDiscriminator, ResidualGenerator
from kizu.models.sngan_resnet import PLANS

# Where the attention is by default, for each image size.
ATTENTION_SIZES = {16: (8,), 32: (16,), 64: (32,), 128: (32,)}


class SaganGenerator(ResidualGenerator):
    """Residual generator with spectrally normalized layers and self-attention.

    Raises:
        ValueError: an ``image_size`` that is not in ``ATTENTION_SIZES``, a count below 1, or
            attention at a size that no feature map has.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 128,
        width: int | None = None,
        *,
        attention_sizes: Sequence[int] | None = None,
    ) -> None:
        check_choice("image_size", image_size, ATTENTION_SIZES)
        if attention_sizes is None:
            attention_sizes = ATTENTION_SIZES[image_size]
        self.config["attention_sizes"] = list(attention_sizes)
        super().__init__(
            PLANS[image_size],
            channels,
            class_count,
            latent_dim,
            width,
            weights="spectral",
            attention_sizes=attention_sizes,
        )


class SaganDiscriminator(ResidualDiscriminator):
    """Residual discriminator with self-attention; hidden channels are a block's output's.

    Raises:
        ValueError: an ``image_size`` that is not in ``ATTENTION_SIZES``, a count below 1,
            attention at a size that no feature map has, or an unknown option.
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
        check_choice("image_size", image_size, ATTENTION_SIZES)
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
            attention_sizes=attention_sizes,
            **options,
        )
