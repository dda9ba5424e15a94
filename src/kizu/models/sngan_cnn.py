"""SNGAN as a standard CNN.

Miyato et al. 2018, "Spectral normalization for generative adversarial networks", table 3; class
conditioning after Miyato & Koyama 2018, "cGANs with projection discriminator": conditional batch
normalization in the generator, projection in the discriminator.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Unpack

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_at_least, check_choice, check_labels
from kizu.models.discriminator import Block, Discriminator, DiscriminatorOptions, Reading
from kizu.models.generator import Generator
from kizu.models.initialization import initialize_normal
from kizu.models.normalization import Normalization, feature_norm
from kizu.models.resampling import Upsampling, doubling
from kizu.models.weights import Weights, scale_weight, scale_weights

# How often the bottom feature map is doubled to reach each image size.
DOUBLINGS = {16: 3, 28: 2, 32: 3, 48: 3, 64: 3}


class SnganCnnGenerator(Generator):
    """Standard CNN generator (table 3a): 4x4 transposed convolutions, each doubling the size.

    3,812,355 parameters for 32x32 color images at the default width.

    Raises:
        ValueError: an ``image_size`` that is not in ``DOUBLINGS``, a count below 1, or an unknown
            ``normalization``, ``weights`` or ``upsampling``.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 128,
        width: int = 64,
        *,
        normalization: Normalization = "batch",
        weights: Weights = "plain",
        upsampling: Upsampling = "transposed",
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, DOUBLINGS)
        check_at_least(1, channels=channels, latent_dim=latent_dim, width=width)
        check_at_least(0, class_count=class_count)
        self.latent_dim = latent_dim
        self.class_count = class_count
        doublings = DOUBLINGS[image_size]
        self.bottom = image_size >> doublings
        widths = [width << level for level in reversed(range(doublings + 1))]
        self.linear = nn.Linear(latent_dim, self.bottom**2 * widths[0])
        self.deconvolutions = nn.ModuleList(
            doubling(wide, narrow, upsampling) for wide, narrow in pairwise(widths)
        )
        self.norms = nn.ModuleList(
            feature_norm(normalization, features, class_count) for features in widths[1:]
        )
        self.to_image = nn.Conv2d(width, channels, 3, padding=1)
        initialize_normal(self)
        scale_weights(self, weights)

    @property
    def normalized_layers(self) -> Sequence[tuple[nn.Module, nn.Module]]:
        """The transposed convolutions, with what follows them."""
        return tuple(zip(self.deconvolutions, self.norms, strict=True))

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
        check_labels(labels, self.class_count)
        hidden = self.linear(latent).view(len(latent), -1, self.bottom, self.bottom)
        for deconvolution, norm in zip(self.deconvolutions, self.norms, strict=True):
            hidden = F.relu(norm(deconvolution(hidden), labels))
        return torch.tanh(self.to_image(hidden))


class SnganCnnDiscriminator(Discriminator):
    """Standard CNN discriminator (table 3b), every layer spectrally normalized, the head too.

    A block is a 3x3 convolution and a 4x4 one that halves the size; the last has the first alone.
    2,935,873 parameters for 32x32 color images at the default width.

    Raises:
        ValueError: an ``image_size`` that is not in ``DOUBLINGS``, a count below 1, or an unknown
            option.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        width: int = 64,
        *,
        weights: Weights = "spectral",
        normalization: Normalization = "none",
        **options: Unpack[DiscriminatorOptions],
    ) -> None:
        check_choice("image_size", image_size, DOUBLINGS)
        check_at_least(1, channels=channels, width=width)
        doublings = DOUBLINGS[image_size]
        widths = [width << level for level in range(doublings)]
        stages = [
            [
                nn.Conv2d(narrow, wide, 3, padding=1),
                nn.Conv2d(wide, wide, 4, stride=2, padding=1),
            ]
            for narrow, wide in pairwise((channels, *widths))
        ]
        stages.append([nn.Conv2d(widths[-1], 2 * widths[-1], 3, padding=1)])
        initialize_normal(nn.ModuleList(layer for stage in stages for layer in stage))
        blocks: list[Block] = []
        for number, stage in enumerate(stages, start=1):
            layers: list[nn.Module] = []
            for convolution in stage:
                features = convolution.out_channels
                # The image itself goes into a convolution that nothing normalizes, as in DCGAN.
                norm = feature_norm(normalization if blocks or layers else "none", features, 0)
                layers += [scale_weight(convolution, weights), norm, nn.LeakyReLU(0.1)]
            blocks.append(Block(f"block{number}", nn.Sequential(*layers), features))
        reading = Reading(image_size >> doublings, flattened=True, weights=weights)
        super().__init__(blocks, reading, class_count, **options)
