"""Generator, encoder and joint discriminator of a bidirectional GAN of vectors.

Widths and layers after Zenati et al. 2018, "Efficient GAN-based anomaly detection", appendix (KDD):
generator and encoder invert each other with two hidden layers each; the discriminator has a branch
for the vector and one for the latent, which meet in one hidden layer.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_at_least
from kizu.models.serialization import ConfiguredModule
from kizu.models.weights import spectral_norm


class DenseGenerator(ConfiguredModule):
    """Latents (N, latent_dim) to vectors (N, features), unbounded.

    Raises:
        ValueError: a count below 1.
    """

    def __init__(self, features: int, latent_dim: int, width: int) -> None:
        super().__init__()
        check_at_least(1, features=features, latent_dim=latent_dim, width=width)
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, width),
            nn.ReLU(),
            nn.Linear(width, 2 * width),
            nn.ReLU(),
            nn.Linear(2 * width, features),
        )

    def forward(self, latent: Tensor) -> Tensor:
        """Map ``latent`` (N, latent_dim) to vectors (N, features)."""
        return self.layers(latent)


class DenseEncoder(ConfiguredModule):
    """Vectors (N, features) to latents (N, latent_dim).

    Raises:
        ValueError: a count below 1.
    """

    def __init__(self, features: int, latent_dim: int, width: int) -> None:
        super().__init__()
        check_at_least(1, features=features, latent_dim=latent_dim, width=width)
        self.layers = nn.Sequential(
            nn.Linear(features, 2 * width),
            nn.LeakyReLU(0.1),
            nn.Linear(2 * width, width),
            nn.LeakyReLU(0.1),
            nn.Linear(width, latent_dim),
        )

    def forward(self, vectors: Tensor) -> Tensor:
        """Map ``vectors`` (N, features) to latents (N, latent_dim)."""
        return self.layers(vectors)


class DenseJointDiscriminator(ConfiguredModule):
    """Discriminator D(x, z) of pairs of vector and latent, with spectral normalization.

    Raises:
        ValueError: a count below 1.
    """

    def __init__(self, features: int, latent_dim: int, width: int, dropout: float = 0.2) -> None:
        super().__init__()
        check_at_least(1, features=features, latent_dim=latent_dim, width=width)
        self.vector_linear = spectral_norm(nn.Linear(features, width))
        self.latent_linear = spectral_norm(nn.Linear(latent_dim, width))
        self.joint_linear = spectral_norm(nn.Linear(2 * width, width))
        self.head = spectral_norm(nn.Linear(width, 1))
        self.dropout = nn.Dropout(dropout)

    def features(self, vectors: Tensor, latent: Tensor) -> Tensor:
        """Map ``vectors`` (N, features) and ``latent`` (N, latent_dim) to (N, width)."""
        branches = (self.vector_linear(vectors), self.latent_linear(latent))
        joint = torch.cat([self.dropout(F.leaky_relu(branch, 0.1)) for branch in branches], dim=1)
        return F.leaky_relu(self.joint_linear(joint), 0.1)

    def forward(self, vectors: Tensor, latent: Tensor) -> Tensor:
        """Map pairs of ``vectors`` (N, features) and ``latent`` to logits (N,)."""
        return self.head(self.dropout(self.features(vectors, latent))).squeeze(1)
