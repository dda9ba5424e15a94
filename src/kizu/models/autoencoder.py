"""Convolutional autoencoders, plain and variational."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from kizu.models.dcgan import DcganGenerator
from kizu.models.encoder import Encoder
from kizu.models.serialization import ConfiguredModule


class Autoencoder(ConfiguredModule):
    """A strided encoder and a decoder of transposed convolutions, with a narrow code in between.

    Raises:
        ValueError: an ``image_size`` that encoder or decoder cannot have, or a count below 1.
    """

    def __init__(self, image_size: int, channels: int, latent_dim: int, width: int) -> None:
        super().__init__()
        self.encoder = Encoder(image_size, channels, latent_dim, width)
        self.decoder = DcganGenerator(image_size, channels, latent_dim=latent_dim, width=width)

    def forward(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) in [-1, 1] to reconstructions of the same shape."""
        return self.decoder(self.encoder(images))


class Posterior(NamedTuple):
    """The encoder's Gaussian of each image's latent.

    Attributes:
        mean: (N, latent_dim).
        log_variance: the same shape.
    """

    mean: Tensor
    log_variance: Tensor


class VariationalAutoencoder(ConfiguredModule):
    """Encoder q(z|x), decoder p(x|z); both Gaussian, the latter with one deviation for all pixels.

    Kingma and Welling 2014, "Auto-encoding variational Bayes". The deviation is learned (Rybkin et
    al. 2021, "Simple and effective VAE training with calibrated decoders", section 3.1): what
    else would say how much a pixel's error weighs against the divergence?

    Raises:
        ValueError: an ``image_size`` that encoder or decoder cannot have, or a count below 1.
    """

    def __init__(self, image_size: int, channels: int, latent_dim: int, width: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = Encoder(image_size, channels, 2 * latent_dim, width)
        self.decoder = DcganGenerator(image_size, channels, latent_dim=latent_dim, width=width)
        self.log_deviation = nn.Parameter(torch.zeros(()))

    def encode(self, images: Tensor) -> Posterior:
        """Map ``images`` (N, C, H, W) in [-1, 1] to their latents' posteriors."""
        return Posterior(*self.encoder(images).chunk(2, dim=1))

    def decode(self, latent: Tensor) -> Tensor:
        """Map ``latent`` (N, latent_dim) to the pixels' means (N, C, H, W) in [-1, 1]."""
        return self.decoder(latent)
