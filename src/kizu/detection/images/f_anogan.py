"""f-AnoGAN: an encoder that inverts AnoGAN's generator, trained once both networks are done."""

from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kizu.detection.images.arrays import check_images
from kizu.detection.images.gan_parameters import FAnoGanParameters
from kizu.detection.images.gan_training import train_gan
from kizu.detection.images.trained import ReconstructingImageDetector
from kizu.detection.named_task import NamedTask
from kizu.detection.networks import batches, frozen, to_pixels
from kizu.detection.trained import NetworkTypes
from kizu.models.encoder import Encoder
from kizu.models.gan import DISCRIMINATORS, GENERATORS, Discriminator, Generator
from kizu.training.denoising import DenoisingTask
from kizu.training.loop import train
from kizu.training.optimizers import adam
from kizu.training.randomness import derived_seed, seeded

# Images in a forward pass while scoring.
_BATCH = 256
_BETAS = (0.5, 0.999)
# Purpose of the encoder's seed, apart from those for which the training derives its own.
_ENCODER = 17


class FAnoGan(ReconstructingImageDetector):
    """A GAN trained on normal images, then an encoder; one pass scores an image.

    Schlegl et al. 2019, "f-AnoGAN: Fast unsupervised anomaly detection with generative adversarial
    networks": the encoder learns on images alone, by image-to-image error guided by the
    discriminator's features (izi_f, equation 4), and the score is the same error (equation 6).
    """

    parameters: FAnoGanParameters
    _parameters_type = FAnoGanParameters
    _network_types: ClassVar[NetworkTypes] = {
        "generator": GENERATORS,
        "encoder": (Encoder,),
        "discriminator": DISCRIMINATORS,
    }

    def fit(self, images: np.ndarray) -> Self:
        """Train the GAN, then the encoder on the images, uint8 (N, C, H, W) with H = W."""
        check_images(images, square=True)
        own = self.parameters
        checkpoints = self.checkpoints / "gan" if self.checkpoints else None
        gan = train_gan("f_anogan", images, own.gan, own.training, checkpoints)
        self.fit_encoder(images, gan.generator, gan.discriminator)
        self.history = gan.history + self.history
        return self

    def fit_encoder(
        self, images: np.ndarray, generator: Generator, discriminator: Discriminator
    ) -> Self:
        """Train the encoder alone, for networks that were trained on the images elsewhere."""
        own = self.parameters
        shape = check_images(images, square=True).shape[1:]
        with seeded(derived_seed(own.training.seed, _ENCODER)):
            encoder = Encoder(shape[1], shape[0], own.gan.latent_dim, own.encoder_width)
        generator.to(self._device)
        discriminator.to(self._device)
        with frozen(generator, discriminator):
            task = DenoisingTask(
                encoder,
                adam(encoder.parameters(), own.encoder_learning_rate, _BETAS),
                lambda encoder, images, labels, noise: _errors(
                    images, generator(encoder(images)), discriminator.features, own.feature_weight
                ),
            )
            result = train(
                NamedTask("f_anogan.encoder", task),
                {"images": images},
                own.training,
                self.checkpoints / "encoder" if self.checkpoints else None,
                description="f_anogan encoder",
            )
        self.history = result.history
        self._keep(
            {"generator": generator, "encoder": encoder, "discriminator": discriminator}, shape
        )
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the error of an image's reconstruction, (N,)."""
        self._check(images)
        features = self._networks["discriminator"].features
        weight = self.parameters.feature_weight
        with frozen(*self._networks.values()), torch.no_grad():
            errors = [
                _errors(batch, self._through(batch), features, weight)
                for batch in batches(images, self._device, _BATCH)
            ]
        return torch.cat(errors).double().cpu().numpy()

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return what the generator makes of the images' codes, uint8 (N, C, H, W)."""
        self._check(images)
        with frozen(*self._networks.values()), torch.no_grad():
            return np.concatenate(
                [to_pixels(self._through(batch)) for batch in batches(images, self._device, _BATCH)]
            )

    def _through(self, images: Tensor) -> Tensor:
        networks: dict[str, nn.Module] = self._networks
        reconstructions: Tensor = networks["generator"](networks["encoder"](images))
        return reconstructions


def _errors(
    images: Tensor,
    reconstructions: Tensor,
    features: Callable[[Tensor], Tensor],
    feature_weight: float,
) -> Tensor:
    """Mean squared error of the pixels, plus that of the features, (N,)."""
    pixels = (images - reconstructions).square().flatten(1).mean(dim=1)
    difference = features(images) - features(reconstructions)
    return pixels + feature_weight * difference.square().mean(dim=1)
