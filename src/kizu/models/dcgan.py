"""DCGAN: strided convolutions with batch normalization.

Radford et al. 2016, "Unsupervised representation learning with deep convolutional generative
adversarial networks"; class conditioning by conditional batch normalization and projection.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.blocks import ProjectionHead
from kizu.models.checks import check_at_least, check_choice, check_labels
from kizu.models.initialization import initialize_normal
from kizu.models.normalization import batch_norm
from kizu.models.serialization import ConfiguredModule

# How often the bottom feature map is doubled to reach each image size.
DOUBLINGS = {16: 2, 28: 2, 32: 3, 64: 4}


class DcganGenerator(ConfiguredModule):
    """Generator (figure 1): a projected latent, then transposed convolutions that double the size.

    Raises:
        ValueError: an ``image_size`` that is not in ``DOUBLINGS``, or a count below 1.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 100,
        width: int = 64,
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, DOUBLINGS)
        check_at_least(1, channels=channels, latent_dim=latent_dim, width=width)
        check_at_least(0, class_count=class_count)
        self.config = {
            "image_size": image_size,
            "channels": channels,
            "class_count": class_count,
            "latent_dim": latent_dim,
            "width": width,
        }
        self.latent_dim = latent_dim
        self.class_count = class_count
        doublings = DOUBLINGS[image_size]
        self.bottom = image_size >> doublings
        widths = [width << level for level in reversed(range(doublings))]
        self.linear = nn.Linear(latent_dim, self.bottom**2 * widths[0], bias=False)
        self.norms = nn.ModuleList(batch_norm(features, class_count) for features in widths)
        self.deconvolutions = nn.ModuleList(
            nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1, bias=False)
            for wide, narrow in pairwise(widths)
        )
        self.to_image = nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1)
        initialize_normal(self)

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
        check_labels(labels, self.class_count)
        hidden = self.linear(latent).view(len(latent), -1, self.bottom, self.bottom)
        hidden = F.relu(self.norms[0](hidden, labels))
        for deconvolution, norm in zip(self.deconvolutions, self.norms[1:], strict=True):
            hidden = F.relu(norm(deconvolution(hidden), labels))
        return torch.tanh(self.to_image(hidden))


class DcganDiscriminator(ConfiguredModule):
    """Discriminator (section 3): strided convolutions, batch normalization on all but the first.

    Its training forward couples the images of a batch, so real and generated images must pass
    it in separate batches.

    Raises:
        ValueError: an ``image_size`` that is not in ``DOUBLINGS``, or a count below 1.
    """

    def __init__(
        self, image_size: int, channels: int, class_count: int = 0, width: int = 64
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, DOUBLINGS)
        check_at_least(1, channels=channels, width=width)
        check_at_least(0, class_count=class_count)
        self.config = {
            "image_size": image_size,
            "channels": channels,
            "class_count": class_count,
            "width": width,
        }
        self.class_count = class_count
        doublings = DOUBLINGS[image_size]
        widths = [width << level for level in range(doublings)]
        self.from_image = nn.Conv2d(channels, width, 4, stride=2, padding=1)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(narrow, wide, 4, stride=2, padding=1, bias=False)
            for narrow, wide in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(features) for features in widths[1:])
        initialize_normal(self)
        bottom = image_size >> doublings
        self.head = ProjectionHead(widths[-1] * bottom**2, widths[-1], class_count, spectral=False)

    def _feature_map(self, images: Tensor) -> Tensor:
        hidden = F.leaky_relu(self.from_image(images), 0.2)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            hidden = F.leaky_relu(norm(convolution(hidden)), 0.2)
        return hidden

    def features(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) to the last feature map, flattened: (N, F)."""
        return self._feature_map(images).flatten(1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``images`` (N, C, H, W) to logits (N,)."""
        feature_map = self._feature_map(images)
        return self.head(feature_map.flatten(1), feature_map.sum(dim=(2, 3)), labels)
