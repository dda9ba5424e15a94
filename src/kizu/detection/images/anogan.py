"""AnoGAN: how far an image is from the nearest one that a generator of normal images can make."""

from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.images.arrays import check_images, residual_map
from kizu.detection.images.latent_search import LatentSearch, search_latents, starting_latents
from kizu.detection.images.parameters import AnoGanParameters
from kizu.detection.images.trained import TrainedImageDetector
from kizu.detection.named_task import NamedTask
from kizu.detection.networks import batches, to_pixels
from kizu.detection.trained import NetworkTypes
from kizu.models.gan import DISCRIMINATORS, GENERATORS, build_gan
from kizu.objectives.adversarial import ADVERSARIAL
from kizu.training.adversarial import AdversarialTask
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.game import discriminator_objective, generator_objective
from kizu.training.loop import train
from kizu.training.optimizers import adam
from kizu.training.randomness import derived_seed, seeded

# Purpose of the search's seed, apart from those for which the training derives its own.
_SEARCH = 16
_BETAS = (0.5, 0.999)


class AnoGan(TrainedImageDetector):
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
        gan, training = self.parameters.gan, self.parameters.training
        with seeded(training.seed):
            generator, discriminator = build_gan(
                gan.family,
                image_size=shape[1],
                channels=shape[0],
                latent_dim=gan.latent_dim,
                generator_width=gan.generator_width,
                discriminator_width=gan.discriminator_width,
            )
        objective = ADVERSARIAL[gan.objective]
        average = ExponentialMovingAverage(generator, gan.average_decay)
        task = AdversarialTask(
            generator,
            discriminator,
            generator_terms=[generator_objective(objective.generator)],
            discriminator_terms=[discriminator_objective(objective.discriminator)],
            generator_optimizer=adam(generator.parameters(), gan.generator_learning_rate, _BETAS),
            discriminator_optimizer=adam(
                discriminator.parameters(), gan.discriminator_learning_rate, _BETAS
            ),
            discriminator_steps=gan.discriminator_steps,
            average=average,
        )
        named = NamedTask("anogan", task)
        result = train(named, {"images": images}, training, self.checkpoints, description="anogan")
        self.history = result.history
        self._keep({"generator": average.network, "discriminator": discriminator}, shape)
        return self

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
                **self._networks, images=batch, candidates=candidates, parameters=parameters
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

    def explain(self, images: np.ndarray) -> NDArray[np.float32]:
        """Return the difference to the closest generated image, (N, H, W) in [0, 1]."""
        return residual_map(images, self.reconstruct(images))
