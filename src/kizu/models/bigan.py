"""Joint discriminator of a bidirectional GAN (BiGAN, EfficientGAN)."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_at_least, check_choice, check_multiple
from kizu.models.initialization import initialize_normal
from kizu.models.normalization import feature_norm
from kizu.models.serialization import ConfiguredModule
from kizu.models.weights import spectral_norm

JointNormalization = Literal["spectral", "batch"]
JOINT_NORMALIZATIONS = ("spectral", "batch")


class JointDiscriminator(ConfiguredModule):
    """Discriminator D(x, z) of pairs of image and latent.

    Donahue et al. 2017, "Adversarial feature learning", section 3; layers after Zenati et al.
    2018, "Efficient GAN-based anomaly detection", appendix: the image and the latent pass a branch
    each, and both meet in one hidden layer, which is the feature that the feature-matching score
    compares. Batch normalization of the image branch is the paper's; spectral normalization of all
    layers, as in the same authors' "Adversarially learned anomaly detection", leaves no pair
    dependent on its batch in training either.

    Raises:
        ValueError: ``image_size`` is not a multiple of 4, a count is below 1, or an unknown
            ``normalization``.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        latent_dim: int = 128,
        width: int = 64,
        hidden: int = 512,
        dropout: float = 0.2,
        normalization: JointNormalization = "spectral",
    ) -> None:
        super().__init__()
        check_multiple("image_size", image_size, 4)
        check_choice("normalization", normalization, JOINT_NORMALIZATIONS)
        check_at_least(1, channels=channels, latent_dim=latent_dim, width=width, hidden=hidden)
        self.latent_dim = latent_dim
        self.image_convolution1 = nn.Conv2d(channels, width, 4, stride=2, padding=1)
        self.image_convolution2 = nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)
        self.image_norm = feature_norm(
            "batch" if normalization == "batch" else "none", 2 * width, class_count=0
        )
        self.latent_linear = nn.Linear(latent_dim, hidden)
        self.joint_linear = nn.Linear(2 * width * (image_size // 4) ** 2 + hidden, hidden)
        self.head = nn.Linear(hidden, 1)
        self.dropout = nn.Dropout(dropout)
        initialize_normal(self)
        if normalization == "spectral":
            for layer in list(self.children()):
                if isinstance(layer, nn.Linear | nn.Conv2d):
                    spectral_norm(layer)

    def features(self, images: Tensor, latent: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) and ``latent`` (N, latent_dim) to (N, hidden)."""
        image = F.leaky_relu(self.image_convolution1(images), 0.1)
        image = F.leaky_relu(self.image_norm(self.image_convolution2(image)), 0.1)
        code = F.leaky_relu(self.latent_linear(latent), 0.1)
        joint = torch.cat((self.dropout(image.flatten(1)), self.dropout(code)), dim=1)
        return F.leaky_relu(self.joint_linear(joint), 0.1)

    def forward(self, images: Tensor, latent: Tensor) -> Tensor:
        """Map pairs of ``images`` (N, C, H, W) and ``latent`` (N, latent_dim) to logits (N,)."""
        return self.head(self.dropout(self.features(images, latent))).squeeze(1)
