"""EfficientGAN: an encoder learned together with the generator takes the place of a search."""

from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.detection.bigan_scores import bigan_scores
from kizu.detection.bigan_task import BiganTask
from kizu.detection.images.arrays import check_images
from kizu.detection.images.gan_parameters import EfficientGanParameters
from kizu.detection.images.trained import ReconstructingImageDetector
from kizu.detection.named_task import NamedTask
from kizu.detection.networks import batches, frozen, to_pixels
from kizu.detection.trained import NetworkTypes
from kizu.models.bigan import JointDiscriminator
from kizu.models.dcgan import DcganGenerator
from kizu.models.encoder import Encoder
from kizu.objectives.adversarial import ADVERSARIAL
from kizu.training.loop import train
from kizu.training.randomness import seeded

# Images in a forward pass while scoring.
_BATCH = 256


class EfficientGan(ReconstructingImageDetector):
    """A bidirectional GAN trained on normal images; one pass scores an image.

    Zenati et al. 2018, "Efficient GAN-Based Anomaly Detection", section 3: the L1 distance between
    an image and its reconstruction G(E(x)), plus what the joint discriminator says of them: either
    the L1 distance of its features of (x, E(x)) and (G(E(x)), E(x)), or the cross entropy of
    calling (x, E(x)) real.
    """

    parameters: EfficientGanParameters
    _parameters_type = EfficientGanParameters
    _network_types: ClassVar[NetworkTypes] = {
        "generator": (DcganGenerator,),
        "encoder": (Encoder,),
        "discriminator": (JointDiscriminator,),
    }

    def fit(self, images: np.ndarray) -> Self:
        """Train the three networks on the images, uint8 (N, C, H, W) with H = W."""
        shape = check_images(images, square=True).shape[1:]
        channels, size, _ = shape
        own = self.parameters
        with seeded(own.training.seed):
            generator = DcganGenerator(
                size, channels, latent_dim=own.latent_dim, width=own.generator_width
            )
            encoder = Encoder(size, channels, own.latent_dim, own.encoder_width)
            discriminator = JointDiscriminator(
                size,
                channels,
                own.latent_dim,
                own.discriminator_width,
                own.discriminator_hidden,
                own.discriminator_dropout,
                own.normalization,
            )
        task = BiganTask(
            generator,
            encoder,
            discriminator,
            ADVERSARIAL[own.objective],
            generator_learning_rate=own.generator_learning_rate,
            discriminator_learning_rate=own.discriminator_learning_rate,
            average_decay=own.average_decay,
            reconstruction_weight=own.reconstruction_weight,
        )
        result = train(
            NamedTask("efficient_gan", task),
            {"images": images},
            own.training,
            self.checkpoints,
            description="efficient_gan",
        )
        self.history = result.history
        averaged = {name: average.network for name, average in task.averages.items()}
        self._keep({**averaged, "discriminator": discriminator}, shape)
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return ``(1 - w) reconstruction + w discrimination``, (N,)."""
        self._check(images)
        with frozen(*self._networks.values()), torch.no_grad():
            scores = [
                bigan_scores(
                    **self._networks,
                    items=batch,
                    discrimination=self.parameters.discrimination,
                    weight=self.parameters.discrimination_weight,
                )
                for batch in batches(images, self._device, _BATCH)
            ]
        return torch.cat(scores).double().cpu().numpy()

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return G(E(x)), uint8 (N, C, H, W)."""
        self._check(images)
        generator, encoder = self._networks["generator"], self._networks["encoder"]
        with frozen(generator, encoder), torch.no_grad():
            return np.concatenate(
                [
                    to_pixels(generator(encoder(batch)))
                    for batch in batches(images, self._device, _BATCH)
                ]
            )
