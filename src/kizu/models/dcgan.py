"""DCGAN: strided convolutions with batch normalization.

Radford et al. 2016, "Unsupervised representation learning with deep convolutional generative
adversarial networks"; class conditioning by conditional batch normalization and projection.
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
from kizu.models.normalization import NoNorm, Normalization, feature_norm
from kizu.models.resampling import Upsampling, doubling
from kizu.models.weights import Weights, scale_weight, scale_weights

# How often the bottom feature map is doubled to reach each image size.
DOUBLINGS = {16: 2, 28: 2, 32: 3, 64: 4}


class DcganGenerator(Generator):
    """Generator (figure 1): a projected latent, then transposed convolutions that double the size.

    Raises:
        ValueError: an ``image_size`` that is not in ``DOUBLINGS``, a count below 1, or an unknown
            ``normalization``, ``weights`` or ``upsampling``.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 100,
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
        widths = [width << level for level in reversed(range(doublings))]
        # Batch normalization has a shift of its own.
        bias = normalization != "batch"
        self.linear = nn.Linear(latent_dim, self.bottom**2 * widths[0], bias=bias)
        self.norms = nn.ModuleList(
            feature_norm(normalization, features, class_count) for features in widths
        )
        self.deconvolutions = nn.ModuleList(
            doubling(wide, narrow, upsampling, bias=bias) for wide, narrow in pairwise(widths)
        )
        self.to_image = doubling(width, channels, upsampling)
        initialize_normal(self)
        scale_weights(self, weights)

    @property
    def normalized_layers(self) -> Sequence[tuple[nn.Module, nn.Module]]:
        """The projection and all but the last transposed convolution, with what follows them."""
        return tuple(zip((self.linear, *self.deconvolutions), self.norms, strict=True))

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
        check_labels(labels, self.class_count)
        hidden = self.linear(latent).view(len(latent), -1, self.bottom, self.bottom)
        hidden = F.relu(self.norms[0](hidden, labels))
        for deconvolution, norm in zip(self.deconvolutions, self.norms[1:], strict=True):
            hidden = F.relu(norm(deconvolution(hidden), labels))
        return torch.tanh(self.to_image(hidden))


class DcganDiscriminator(Discriminator):
    """Discriminator (section 3): strided convolutions, batch normalization on all but the first.

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
        weights: Weights = "plain",
        normalization: Normalization = "batch",
        **options: Unpack[DiscriminatorOptions],
    ) -> None:
        check_choice("image_size", image_size, DOUBLINGS)
        check_at_least(1, channels=channels, width=width)
        doublings = DOUBLINGS[image_size]
        widths = [width << level for level in range(doublings)]
        bias = normalization != "batch"
        convolutions = [
            nn.Conv2d(channels, width, 4, stride=2, padding=1),
            *(
                nn.Conv2d(narrow, wide, 4, stride=2, padding=1, bias=bias)
                for narrow, wide in pairwise(widths)
            ),
        ]
        norms = [NoNorm(), *(feature_norm(normalization, features, 0) for features in widths[1:])]
        initialize_normal(nn.ModuleList([*convolutions, *norms]))
        blocks = []
        for number, (convolution, norm) in enumerate(zip(convolutions, norms, strict=True), 1):
            layers = (scale_weight(convolution, weights), norm, nn.LeakyReLU(0.2))
            blocks.append(Block(f"block{number}", nn.Sequential(*layers), convolution.out_channels))
        reading = Reading(image_size >> doublings, flattened=True, weights=weights)
        super().__init__(blocks, reading, class_count, **options)
