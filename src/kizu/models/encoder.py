"""Convolutional encoder from images to latents."""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_at_least, check_multiple
from kizu.models.initialization import initialize_normal
from kizu.models.serialization import ConfiguredModule


class Encoder(ConfiguredModule):
    """Encoder E(x) of a bidirectional GAN, learned jointly with the generator it inverts.

    Donahue et al. 2017, "Adversarial feature learning"; layers after Zenati et al. 2018,
    "Efficient GAN-based anomaly detection", appendix: a convolution, two that halve the size,
    a linear layer, with batch normalization in between.

    Raises:
        ValueError: ``image_size`` is not a multiple of 4, or a count is below 1.
    """

    def __init__(
        self, image_size: int, channels: int, latent_dim: int = 128, width: int = 32
    ) -> None:
        super().__init__()
        check_multiple("image_size", image_size, 4)
        check_at_least(1, channels=channels, latent_dim=latent_dim, width=width)
        self.latent_dim = latent_dim
        widths = (width, 2 * width, 4 * width)
        self.from_image = nn.Conv2d(channels, width, 3, padding=1)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(narrow, wide, 3, stride=2, padding=1, bias=False)
            for narrow, wide in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(features) for features in widths[1:])
        self.linear = nn.Linear(widths[-1] * (image_size // 4) ** 2, latent_dim)
        initialize_normal(self)

    def forward(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) in [-1, 1] to latents (N, latent_dim)."""
        return self.linear(self.maps(images)[-1].flatten(1))

    def maps(self, images: Tensor) -> list[Tensor]:
        """Map ``images`` (N, C, H, W) to the feature maps of each halving, finest first."""
        hidden = self.from_image(images)
        levels = []
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            hidden = F.leaky_relu(norm(convolution(hidden)), 0.1)
            levels.append(hidden)
        return levels
