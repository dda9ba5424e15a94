"""AnoGAN: how far an image is from the nearest one that a generator of normal images can make."""

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from kizu.detection.images.arrays import check_images
from kizu.detection.images.gan_parameters import AnoGanParameters
from kizu.detection.images.gan_training import train_gan
from kizu.detection.images.latent_search import LatentSearch, search_latents, starting_latents
from kizu.detection.images.trained import ReconstructingImageDetector
from kizu.detection.networks import batches, to_pixels
from kizu.detection.trained import NetworkTypes
from kizu.models.folding import folded
from kizu.models.gan import DISCRIMINATORS, GENERATORS
from kizu.training.randomness import derived_seed

# Purpose of the search's seed, apart from those for which the training derives its own.
_SEARCH = 16


class AnoGan(ReconstructingImageDetector):
    """A GAN trained on normal images, and a search of its latent space for every image.

    Schlegl et al. 2017, "Unsupervised Anomaly Detection with Generative Adversarial Networks to
    Guide Marker Discovery". The score is the loss where the search ends (equation 8).
    """

    parameters: AnoGanParameters
    _parameters_type = AnoGanParameters
    _network_types: ClassVar[NetworkTypes] = {
        "generator": GENERATORS,
        "discriminator": DISCRIMINATORS,
    }

    def fit(self, images: np.ndarray) -> Self:
        """Train the GAN on the images, uint8 (N, C, H, W) with H = W."""
        shape = check_images(images, square=True).shape[1:]
        own = self.parameters
        gan = train_gan("anogan", images, own.gan, own.training, self.checkpoints)
        self.history = gan.history
        self._keep({"generator": gan.generator, "discriminator": gan.discriminator}, shape)
        return self

    def _keep(self, networks: Mapping[str, nn.Module], shape: tuple[int, ...]) -> None:
        """Take networks, and copies of them that a search gets through faster."""
        super()._keep(networks, shape)
        self._searched = {
            name: folded(network).to(memory_format=torch.channels_last)
            for name, network in self._networks.items()
        }

    def search(self, images: np.ndarray) -> LatentSearch:
        """Find the closest image that the generator makes, for each of uint8 (N, C, H, W).

        Returns:
            The ends of the N searches, on the device.
        """
        parameters = self.parameters.search
        self._check(images)
        candidates = starting_latents(
            parameters.candidates,
            self.parameters.gan.latent_dim,
            derived_seed(self.parameters.training.seed, _SEARCH),
        ).to(self._device)
        found = [
            search_latents(
                **self._searched, images=batch, candidates=candidates, parameters=parameters
            )
            for batch in batches(images, self._device, parameters.batch_size)
        ]
        return LatentSearch(*(torch.cat(parts) for parts in zip(*found, strict=True)))

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the loss where the search ends, (N,)."""
        return self.search(images).loss.double().cpu().numpy()

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the closest generated images, uint8 (N, C, H, W)."""
        return to_pixels(self.search(images).reconstruction)
