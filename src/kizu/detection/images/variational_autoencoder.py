"""Variational autoencoder: how unlikely an image is under a model of normal ones."""

from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.detection.images.arrays import check_images
from kizu.detection.images.parameters import VariationalAutoencoderParameters
from kizu.detection.images.trained import ReconstructingImageDetector
from kizu.detection.named_task import NamedTask
from kizu.detection.networks import batches, frozen, to_pixels
from kizu.detection.trained import NetworkTypes
from kizu.models.autoencoder import VariationalAutoencoder
from kizu.objectives.variational import gaussian_divergence, gaussian_error
from kizu.training.denoising import DenoisingTask
from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import derived_seed, seeded
from kizu.training.schedules import warmup_cosine

# Images in a forward pass while scoring.
_BATCH = 256
# Purpose of the seed of the latents, apart from those for which the training derives its own.
_LATENTS = 16


class VariationalAutoencoderDetector(ReconstructingImageDetector):
    """A variational autoencoder trained on normal images.

    The score is the negative evidence lower bound, or its first term alone: An and Cho 2015,
    "Variational Autoencoder based Anomaly Detection using Reconstruction Probability", algorithm
    4. Its expectation over the latent is a mean over draws, the same for every image.
    """

    parameters: VariationalAutoencoderParameters
    _parameters_type = VariationalAutoencoderParameters
    _network_types: ClassVar[NetworkTypes] = {"autoencoder": (VariationalAutoencoder,)}

    def fit(self, images: np.ndarray) -> Self:
        """Train on the images, uint8 (N, C, H, W) with H = W."""
        shape = check_images(images, square=True).shape[1:]
        own = self.parameters
        with seeded(own.training.seed):
            network = VariationalAutoencoder(shape[1], shape[0], own.latent_dim, own.width)
        task = DenoisingTask(
            network,
            adamw(network, own.learning_rate, own.weight_decay),
            lambda _, images, labels, generator: _negative_bounds(network, images, generator),
            schedule=warmup_cosine(own.training.steps, own.training.steps // 20),
        )
        result = train(
            NamedTask("variational_autoencoder", task),
            {"images": images},
            own.training,
            self.checkpoints,
            description="variational_autoencoder",
        )
        self.history = result.history
        self._keep({"autoencoder": network}, shape)
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the bound or the reconstruction's term in nats, negated, (N,)."""
        self._check(images)
        own, network = self.parameters, self._networks["autoencoder"]
        generator = torch.Generator().manual_seed(derived_seed(own.training.seed, _LATENTS))
        noise = torch.randn(own.draws, own.latent_dim, generator=generator).to(self._device)
        with frozen(network), torch.no_grad():
            scores = [
                self._score(network, batch, noise)
                for batch in batches(images, self._device, _BATCH)
            ]
        return torch.cat(scores).double().cpu().numpy()

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the decoder's means at the posterior's mean, uint8 (N, C, H, W)."""
        self._check(images)
        network = self._networks["autoencoder"]
        with frozen(network), torch.no_grad():
            return np.concatenate(
                [
                    to_pixels(network.decode(network.encode(batch).mean))
                    for batch in batches(images, self._device, _BATCH)
                ]
            )

    def _score(self, network: VariationalAutoencoder, images: Tensor, noise: Tensor) -> Tensor:
        posterior = network.encode(images)
        deviation = (0.5 * posterior.log_variance).exp()
        errors = [
            gaussian_error(
                images, network.decode(posterior.mean + deviation * draw), network.log_deviation
            )
            for draw in noise
        ]
        error = torch.stack(errors).mean(dim=0)
        if self.parameters.score == "reconstruction_probability":
            return error
        return error + gaussian_divergence(*posterior)


def _negative_bounds(
    network: VariationalAutoencoder, images: Tensor, generator: torch.Generator
) -> Tensor:
    """Negative evidence lower bounds (N,), from one latent each."""
    posterior = network.encode(images)
    noise = torch.randn(posterior.mean.shape, generator=generator, device=images.device)
    latent = posterior.mean + (0.5 * posterior.log_variance).exp() * noise
    error = gaussian_error(images, network.decode(latent), network.log_deviation)
    return error + gaussian_divergence(*posterior)
