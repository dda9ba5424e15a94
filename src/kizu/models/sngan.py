"""SNGAN: spectrally normalized GANs, as a standard CNN and as a residual network.

Miyato et al. 2018, "Spectral normalization for generative adversarial networks", tables 3 and 4;
class conditioning after Miyato & Koyama 2018: conditional batch normalization in the generator,
projection in the discriminator.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.blocks import (
    DiscriminatorBlock,
    DiscriminatorStem,
    GeneratorBlock,
    ProjectionHead,
    convolution,
)
from kizu.models.checks import check_at_least, check_choice, check_labels
from kizu.models.initialization import initialize_normal
from kizu.models.normalization import batch_norm, spectral_norm
from kizu.models.serialization import ConfiguredModule

CNN_SIZES = (16, 32, 48, 64)


class SnganCnnGenerator(ConfiguredModule):
    """Standard CNN generator (table 3a): three 4x4 transposed convolutions, each doubling the size.

    3,812,355 parameters for 32x32 color images at the default width.

    Raises:
        ValueError: an ``image_size`` that is not in ``CNN_SIZES``, or a count below 1.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 128,
        width: int = 64,
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, CNN_SIZES)
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
        self.bottom = image_size // 8
        widths = (8 * width, 4 * width, 2 * width, width)
        self.linear = nn.Linear(latent_dim, self.bottom**2 * widths[0])
        self.deconvolutions = nn.ModuleList(
            nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1)
            for wide, narrow in pairwise(widths)
        )
        self.norms = nn.ModuleList(batch_norm(features, class_count) for features in widths[1:])
        self.to_image = nn.Conv2d(width, channels, 3, padding=1)
        initialize_normal(self)

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
        check_labels(labels, self.class_count)
        hidden = self.linear(latent).view(len(latent), -1, self.bottom, self.bottom)
        for deconvolution, norm in zip(self.deconvolutions, self.norms, strict=True):
            hidden = F.relu(norm(deconvolution(hidden), labels))
        return torch.tanh(self.to_image(hidden))


class SnganCnnDiscriminator(ConfiguredModule):
    """Standard CNN discriminator (table 3b), every layer spectrally normalized, the head too.

    2,935,873 parameters for 32x32 color images at the default width.

    Raises:
        ValueError: an ``image_size`` that is not in ``CNN_SIZES``, or a count below 1.
    """

    def __init__(
        self, image_size: int, channels: int, class_count: int = 0, width: int = 64
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, CNN_SIZES)
        check_at_least(1, channels=channels, width=width)
        check_at_least(0, class_count=class_count)
        self.config = {
            "image_size": image_size,
            "channels": channels,
            "class_count": class_count,
            "width": width,
        }
        self.class_count = class_count
        layers: list[nn.Conv2d] = []
        features = channels
        for wide in (width, 2 * width, 4 * width):
            layers.append(nn.Conv2d(features, wide, 3, padding=1))
            layers.append(nn.Conv2d(wide, wide, 4, stride=2, padding=1))
            features = wide
        layers.append(nn.Conv2d(features, 8 * width, 3, padding=1))
        self.convolutions = nn.ModuleList(layers)
        initialize_normal(self)
        for layer in layers:
            spectral_norm(layer)
        self.head = ProjectionHead(8 * width * (image_size // 8) ** 2, 8 * width, class_count)

    def _feature_map(self, images: Tensor) -> Tensor:
        hidden = images
        for convolve in self.convolutions:
            hidden = F.leaky_relu(convolve(hidden), 0.1)
        return hidden

    def features(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) to the last feature map, flattened: (N, F)."""
        return self._feature_map(images).flatten(1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``images`` (N, C, H, W) to logits (N,)."""
        feature_map = self._feature_map(images)
        return self.head(feature_map.flatten(1), feature_map.sum(dim=(2, 3)), labels)


class ResnetPlan(NamedTuple):
    """Channels of a residual GAN, as multiples of the base width, from the input on."""

    bottom: int
    generator: tuple[int, ...]
    discriminator: tuple[int, ...]
    downsampling: tuple[bool, ...]


# Size 32 is table 4 of the paper; 16 is the same without its largest scale.
RESNET_PLANS = {
    16: ResnetPlan(4, (1, 1, 1), (1, 1, 1), (True, False, False)),
    32: ResnetPlan(4, (1, 1, 1, 1), (1, 1, 1, 1), (True, True, False, False)),
}


class SnganResnetGenerator(ConfiguredModule):
    """Residual generator (table 4a); 4,276,739 parameters for 32x32 color images.

    Raises:
        ValueError: an ``image_size`` without a plan, or a count below 1.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        latent_dim: int = 128,
        width: int = 256,
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, RESNET_PLANS)
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
        plan = RESNET_PLANS[image_size]
        self.bottom = plan.bottom
        widths = [multiple * width for multiple in plan.generator]
        self.linear = nn.Linear(latent_dim, self.bottom**2 * widths[0])
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.get_parameter("bias"))
        self.blocks = nn.ModuleList(
            GeneratorBlock(before, after, class_count) for before, after in pairwise(widths)
        )
        self.norm = nn.BatchNorm2d(widths[-1])
        self.to_image = convolution(widths[-1], channels, 3)

    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""
        check_labels(labels, self.class_count)
        hidden = self.linear(latent).view(len(latent), -1, self.bottom, self.bottom)
        for block in self.blocks:
            hidden = block(hidden, labels)
        return torch.tanh(self.to_image(F.relu(self.norm(hidden))))


class SnganResnetDiscriminator(ConfiguredModule):
    """Residual discriminator (table 4b) with global sum pooling.

    1,053,824 parameters for 32x32 color images as published, one more with ``head_bias``.

    Raises:
        ValueError: an ``image_size`` without a plan, or a count below 1.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        width: int = 128,
        head_bias: bool = False,
    ) -> None:
        super().__init__()
        check_choice("image_size", image_size, RESNET_PLANS)
        check_at_least(1, channels=channels, width=width)
        check_at_least(0, class_count=class_count)
        self.config = {
            "image_size": image_size,
            "channels": channels,
            "class_count": class_count,
            "width": width,
            "head_bias": head_bias,
        }
        self.class_count = class_count
        plan = RESNET_PLANS[image_size]
        widths = [multiple * width for multiple in plan.discriminator]
        self.stem = DiscriminatorStem(channels, widths[0])
        self.blocks = nn.ModuleList(
            DiscriminatorBlock(before, after, downsample=halves)
            for before, after, halves in zip(
                widths, widths[1:], plan.downsampling[1:], strict=False
            )
        )
        self.head = ProjectionHead(widths[-1], widths[-1], class_count, bias=head_bias)

    def features(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) to the sum-pooled last feature map (N, F)."""
        hidden = self.stem(images)
        for block in self.blocks:
            hidden = block(hidden)
        return F.relu(hidden).sum(dim=(2, 3))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``images`` (N, C, H, W) to logits (N,)."""
        features = self.features(images)
        return self.head(features, features, labels)
