"""Autoencoder: how much of an image is lost on its way through a narrow code."""

from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kizu.detection.images.arrays import check_images
from kizu.detection.images.parameters import AutoencoderParameters
from kizu.detection.images.trained import ReconstructingImageDetector
from kizu.detection.named_task import NamedTask
from kizu.detection.networks import batches, frozen, to_pixels
from kizu.detection.trained import NetworkTypes
from kizu.models.autoencoder import Autoencoder
from kizu.training.denoising import DenoisingTask
from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import seeded
from kizu.training.schedules import warmup_cosine

# Images in a forward pass while scoring.
_BATCH = 256


class AutoencoderDetector(ReconstructingImageDetector):
    """A convolutional autoencoder trained on normal images.

    Sakurada and Yairi 2014, "Anomaly Detection Using Autoencoders with Nonlinear Dimensionality
    Reduction": the code has room for what normal images differ in. The score is the mean squared
    error of the pixels.
    """

    parameters: AutoencoderParameters
    _parameters_type = AutoencoderParameters
    _network_types: ClassVar[NetworkTypes] = {"autoencoder": (Autoencoder,)}

    def fit(self, images: np.ndarray) -> Self:
        """Train on the images, uint8 (N, C, H, W) with H = W."""
        shape = check_images(images, square=True).shape[1:]
        own = self.parameters
        with seeded(own.training.seed):
            network = Autoencoder(shape[1], shape[0], own.latent_dim, own.width)
        task = DenoisingTask(
            network,
            adamw(network, own.learning_rate, own.weight_decay),
            lambda network, images, labels, generator: _errors(network, images),
            schedule=warmup_cosine(own.training.steps, own.training.steps // 20),
        )
        result = train(
            NamedTask("autoencoder", task),
            {"images": images},
            own.training,
            self.checkpoints,
            description="autoencoder",
        )
        self.history = result.history
        self._keep({"autoencoder": network}, shape)
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the mean squared error of the pixels in [-1, 1], (N,)."""
        self._check(images)
        network = self._networks["autoencoder"]
        with frozen(network), torch.no_grad():
            errors = [_errors(network, batch) for batch in batches(images, self._device, _BATCH)]
        return torch.cat(errors).double().cpu().numpy()

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return what comes out, uint8 (N, C, H, W)."""
        self._check(images)
        network = self._networks["autoencoder"]
        with frozen(network), torch.no_grad():
            return np.concatenate(
                [to_pixels(network(batch)) for batch in batches(images, self._device, _BATCH)]
            )


def _errors(network: nn.Module, images: Tensor) -> Tensor:
    """Mean squared errors (N,)."""
    return (network(images) - images).square().flatten(1).mean(dim=1)
