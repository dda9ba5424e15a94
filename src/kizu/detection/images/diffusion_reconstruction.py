"""Diffusion reconstruction: what a model of normal images makes of an image that is half noise."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.detection.images.arrays import check_images
from kizu.detection.images.parameters import (
    DiffusionReconstructionParameters,
    GaussianNoiseParameters,
    SimplexNoiseParameters,
)
from kizu.detection.images.trained import ReconstructingImageDetector
from kizu.detection.named_task import NamedTask
from kizu.detection.networks import batches, frozen, to_pixels
from kizu.detection.trained import NetworkTypes
from kizu.diffusion.building import build_process
from kizu.diffusion.denoisers import clipped, denoiser
from kizu.diffusion.formulations import Formulation, Network
from kizu.diffusion.levels import NoiseLevel, add_noise
from kizu.diffusion.samplers import ddim
from kizu.diffusion.simplex import simplex_fields
from kizu.models.unet import UNet
from kizu.training.denoising import DenoisingTask
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import derived_seed, seeded
from kizu.training.schedules import warmup_cosine

# Images in a forward pass while scoring.
_BATCH = 128
# Mean squared gradient, in [-1, 1] a pixel, below which an image counts as having no edges.
_FLAT = 1e-3
# Purpose of the seed of the noises, apart from those for which the training derives its own.
_NOISES = 16

DrawNoise = Callable[[tuple[int, ...], torch.Generator], Tensor]
"""``((N, C, H, W), generator) -> noise`` of mean 0 and variance 1."""


class DiffusionReconstruction(ReconstructingImageDetector):
    """A diffusion model of normal images, which takes an image back from part of the noise.

    Wyatt et al. 2022, "AnoDDPM: Anomaly Detection with Denoising Diffusion Probabilistic Models
    using Simplex Noise". The way back is DDIM's: it adds no noise, so that all there is is of one
    kind. The network learns the levels of that way and no others: a short training on all of
    them has too few steps for those that count.

    The score is the mean squared error of the pixels, over all draws of the noise. Images with
    many edges have large errors however normal they are; ``edge_weight`` takes them out, in log
    space, as the complexity of an image is taken out of its likelihood (Serrà et al. 2020, "Input
    Complexity and Out-of-Distribution Detection with Likelihood-Based Generative Models"). An
    image that is shifted by d pixels differs by about d times its gradient, so with all of its
    weight the score is the square of the displacement that would explain the error.
    """

    parameters: DiffusionReconstructionParameters
    _parameters_type = DiffusionReconstructionParameters
    _network_types: ClassVar[NetworkTypes] = {"unet": (UNet,)}

    def fit(self, images: np.ndarray) -> Self:
        """Train the U-Net on the images, uint8 (N, C, H, W) with H = W."""
        shape = check_images(images, square=True).shape[1:]
        own = self.parameters
        with seeded(own.training.seed):
            network = UNet(
                shape[1],
                shape[0],
                width=own.width,
                multipliers=own.multipliers,
                blocks_per_level=1,
                patch_size=own.patch_size,
                attention_sizes=(),
                head_width=own.width,
                groups=own.groups,
            )
        formulation, schedule = build_process(own.process)
        *levels, _ = schedule.walk(own.steps, start=own.start)
        average = ExponentialMovingAverage(network, own.average_decay)
        task = DenoisingTask(
            network,
            adamw(network, own.learning_rate, weight_decay=0.0),
            partial(_losses, formulation, _stacked(levels, self._device), _noise(own.noise)),
            average=average,
            schedule=warmup_cosine(own.training.steps, own.training.steps // 20),
        )
        result = train(
            NamedTask("diffusion_reconstruction", task),
            {"images": images},
            own.training,
            self.checkpoints,
            description="diffusion_reconstruction",
        )
        self.history = result.history
        self._keep({"unet": average.network}, shape)
        return self

    def score(self, images: np.ndarray) -> NDArray[np.float64]:
        """Return the mean squared error of the pixels in [-1, 1] in units of edges, (N,)."""
        errors = [
            (reconstructions - batch).square().mean(dim=(0, 2, 3, 4))
            / _edges(batch).pow(self.parameters.edge_weight)
            for batch, reconstructions in self._reconstructions(images)
        ]
        return torch.cat(errors).double().cpu().numpy()

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the mean over all draws of the noise, uint8 (N, C, H, W)."""
        return np.concatenate(
            [to_pixels(found.mean(dim=0)) for _, found in self._reconstructions(images)]
        )

    def _reconstructions(self, images: np.ndarray) -> list[tuple[Tensor, Tensor]]:
        """Batches of images (n, C, H, W), and their reconstructions (draws, n, C, H, W)."""
        own = self.parameters
        self._check(images)
        formulation, schedule = build_process(own.process)
        walk = schedule.walk(own.steps, start=own.start)
        generator = torch.Generator().manual_seed(derived_seed(own.training.seed, _NOISES))
        # The same for every image: a score must not depend on an image's place in its batch.
        noises = _noise(own.noise)((own.draws, *self._shape), generator).to(self._device)
        network = self._networks["unet"]
        denoise = clipped(denoiser(formulation, network))
        with frozen(network), torch.no_grad():
            return [
                (
                    batch,
                    torch.stack(
                        [ddim(denoise, add_noise(batch, n, walk[0]), walk) for n in noises]
                    ),
                )
                for batch in batches(images, self._device, _BATCH)
            ]


def _noise(parameters: GaussianNoiseParameters | SimplexNoiseParameters) -> DrawNoise:
    if isinstance(parameters, SimplexNoiseParameters):
        return partial(simplex_fields, **parameters.model_dump(exclude={"kind"}))
    return lambda shape, generator: torch.randn(shape, generator=generator, device=generator.device)


def _stacked(levels: Sequence[NoiseLevel], device: torch.device) -> NoiseLevel:
    """Several levels as one of (L, 1, 1, 1)."""
    signal, noise = (
        torch.stack(part).float().view(-1, 1, 1, 1).to(device) for part in zip(*levels, strict=True)
    )
    return NoiseLevel(signal, noise)


def _losses(
    formulation: Formulation,
    levels: NoiseLevel,
    draw_noise: DrawNoise,
    network: Network,
    images: Tensor,
    labels: Tensor | None,
    generator: torch.Generator,
) -> Tensor:
    """As `kizu.diffusion.formulations.training_losses`, at some levels and with any noise."""
    count, device = len(levels.signal), images.device
    # One level after the other, from a random one on: a batch may have fewer images than levels.
    first = torch.randint(count, (1,), generator=generator, device=device)
    turn = (first + torch.arange(len(images), device=device)) % count
    level = NoiseLevel(levels.signal[turn], levels.noise[turn])
    noise = draw_noise(tuple(images.shape), generator)
    return formulation.losses(network, images, noise, level, labels)


def _edges(images: Tensor) -> Tensor:
    """Mean squared gradient of images (N, C, H, W), (N,); never quite 0."""
    across, down = (images.diff(dim=side).square().mean(dim=(1, 2, 3)) for side in (3, 2))
    return across + down + _FLAT
