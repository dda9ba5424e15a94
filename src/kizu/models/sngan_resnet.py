"""SNGAN as a residual network.

Miyato et al. 2018, "Spectral normalization for generative adversarial networks", tables 4 to 6;
class conditioning after Miyato & Koyama 2018, "cGANs with projection discriminator": conditional
batch normalization in the generator, projection in the discriminator.
"""

from typing import Unpack

from kizu.models.blocks import Activation
from kizu.models.checks import check_choice
from kizu.models.discriminator import DiscriminatorOptions
from kizu.models.resampling import Interpolation
from kizu.models.residual import ResidualDiscriminator, ResidualGenerator, ResidualPlan
from kizu.models.weights import Weights

# Size 32 is table 4 (CIFAR-10), 48 table 5 (STL-10), 128 table 6 (ImageNet); 64 is the authors'
# code. 16 is 32 without its largest scale, 96 is 128 on a smaller first feature map.
PLANS = {
    16: ResidualPlan(4, (1, 1, 1), (1, 1, 1), (True, False, False), 256, 128, head_bias=False),
    32: ResidualPlan(
        4, (1, 1, 1, 1), (1, 1, 1, 1), (True, True, False, False), 256, 128, head_bias=False
    ),
    48: ResidualPlan(6, (8, 4, 2, 1), (1, 2, 4, 8, 16), (True, True, True, True, False), 64, 64),
    64: ResidualPlan(4, (16, 8, 4, 2, 1), (1, 2, 4, 8, 16), (True,) * 5, 64, 64),
    96: ResidualPlan(3, (16, 16, 8, 4, 2, 1), (1, 2, 4, 8, 16, 16), (*(True,) * 5, False), 64, 64),
    128: ResidualPlan(4, (16, 16, 8, 4, 2, 1), (1, 2, 4, 8, 16, 16), (*(True,) * 5, False), 64, 64),
}


class SnganResnetGenerator(ResidualGenerator):
    """Residual generator with (conditional) batch normalization.

    Parameters for color images at the published widths: 4,276,739 at 32x32, 4,878,083 at 48x48,
    32,150,787 at 128x128.

    Raises:
        ValueError: an ``image_size`` without a plan, a count below 1, or an unknown option.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 128,
        width: int | None = None,
        *,
        weights: Weights = "plain",
        activation: Activation = "pre",
        upsampling: Interpolation = "nearest",
    ) -> None:
        check_choice("image_size", image_size, PLANS)
        super().__init__(
            PLANS[image_size],
            channels,
            class_count,
            latent_dim,
            width,
            weights=weights,
            activation=activation,
            upsampling=upsampling,
        )


class SnganResnetDiscriminator(ResidualDiscriminator):
    """Residual discriminator with global sum pooling.

    Parameters for color images at the published widths: 1,053,824 at 32x32, without a bias on the
    head as published; 10,141,441 at 48x48 and 29,017,857 at 128x128, with it.

    Raises:
        ValueError: an ``image_size`` without a plan, a count below 1, or an unknown option.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        width: int | None = None,
        *,
        weights: Weights = "spectral",
        activation: Activation = "pre",
        head_bias: bool | None = None,
        strided_stem: bool = False,
        **options: Unpack[DiscriminatorOptions],
    ) -> None:
        check_choice("image_size", image_size, PLANS)
        super().__init__(
            PLANS[image_size],
            image_size,
            channels,
            class_count,
            width,
            weights=weights,
            activation=activation,
            head_bias=head_bias,
            strided_stem=strided_stem,
            **options,
        )
