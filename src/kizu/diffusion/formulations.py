"""How a plain network becomes an estimator of clean images, and what it is trained on.

Two formulations of the same thing. `VariancePreserving` is DDPM's: discrete timesteps, and a
network that predicts noise, image or velocity. `Preconditioned` is EDM's: any sigma, and a network
whose input, output and loss are scaled to unit variance. Either can be asked about any level, so
every sampler works with both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from kizu.diffusion.levels import NoiseLevel, add_noise
from kizu.diffusion.predictions import PREDICTIONS
from kizu.diffusion.schedules import NoiseSchedule
from kizu.diffusion.weights import loss_weight

Network = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""``(images (N, C, H, W), times (N,), labels (N,) | None) -> (N, C, H, W)``; times span about a
thousand, whatever the formulation."""

_TIME_SPAN = 1000.0


class Formulation(Protocol):
    """What training and sampling need to know."""

    def draw_levels(self, count: int, generator: torch.Generator) -> NoiseLevel:
        """Draw the levels (count, 1, 1, 1) of a training batch, on the generator's device."""
        ...

    def denoise(
        self, network: Network, noisy: Tensor, level: NoiseLevel, labels: Tensor | None = None
    ) -> Tensor:
        """Estimate the clean images (N, C, H, W)."""
        ...

    def losses(
        self,
        network: Network,
        clean: Tensor,
        noise: Tensor,
        level: NoiseLevel,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Weighted squared errors (N,), each the mean over an image's pixels."""
        ...


@dataclass(frozen=True)
class VariancePreserving:
    """DDPM: timesteps of a schedule, one of three predictions, a weighted squared error.

    Attributes:
        schedule: the process.
        prediction: what the network puts out, a key of `PREDICTIONS`.
        weighting: one of `kizu.diffusion.weights.WEIGHTINGS`.
        gamma: of the SNR weightings.
    """

    schedule: NoiseSchedule
    prediction: str = "noise"
    weighting: str = "simple"
    gamma: float = 5.0

    def draw_levels(self, count: int, generator: torch.Generator) -> NoiseLevel:
        """Timesteps uniform on 1 to T, spread evenly over the batch."""
        uniform = _spread(count, generator)
        timesteps = (
            (uniform * self.schedule.timesteps).long().clamp(max=self.schedule.timesteps - 1)
        )
        return self.schedule.levels(timesteps + 1)

    def denoise(
        self, network: Network, noisy: Tensor, level: NoiseLevel, labels: Tensor | None = None
    ) -> Tensor:
        """See `Formulation`; levels that do not preserve the variance are scaled until they do."""
        scale = (level.signal.square() + level.noise.square()).rsqrt()
        noisy, level = scale * noisy, NoiseLevel(scale * level.signal, scale * level.noise)
        output = self._predict(network, noisy, level, labels)
        return PREDICTIONS[self.prediction].clean(output, noisy, level)

    def losses(
        self,
        network: Network,
        clean: Tensor,
        noise: Tensor,
        level: NoiseLevel,
        labels: Tensor | None = None,
    ) -> Tensor:
        """See `Formulation`; the error is the network's own, of what it predicts."""
        output = self._predict(network, add_noise(clean, noise, level), level, labels)
        target = PREDICTIONS[self.prediction].target(clean, noise, level)
        weight = loss_weight(self.weighting, self.prediction, level.snr, self.gamma)
        return (weight * (output - target).square()).flatten(1).mean(1)

    def _predict(
        self, network: Network, noisy: Tensor, level: NoiseLevel, labels: Tensor | None
    ) -> Tensor:
        times = self.schedule.time(level.sigma) * (_TIME_SPAN / self.schedule.timesteps)
        return network(noisy, _per_image(times, noisy), labels).float()


@dataclass(frozen=True)
class Preconditioned:
    """EDM: Karras et al. 2022, "Elucidating the design space", table 1, section 5.

    Attributes:
        data_std: standard deviation of the images' pixels.
        log_mean: of the sigmas in training, which are log-normal.
        log_std: of the same.
    """

    data_std: float = 0.5
    log_mean: float = -1.2
    log_std: float = 1.2

    def draw_levels(self, count: int, generator: torch.Generator) -> NoiseLevel:
        """Log-normal sigmas, spread evenly over the batch by their quantiles."""
        # Away from 0 and 1, whose quantiles are infinite.
        uniform = _spread(count, generator).clamp(1e-6, 1 - 1e-6)
        sigma = (self.log_mean + self.log_std * torch.special.ndtri(uniform)).exp()
        sigma = sigma.view(-1, 1, 1, 1)
        return NoiseLevel(torch.ones_like(sigma), sigma)

    def denoise(
        self, network: Network, noisy: Tensor, level: NoiseLevel, labels: Tensor | None = None
    ) -> Tensor:
        """See `Formulation`; equation 7."""
        images, sigma = noisy / level.signal, level.sigma
        total = sigma.square() + self.data_std**2
        output = self._predict(network, images, sigma, labels)
        return self.data_std**2 / total * images + sigma * self.data_std * total.rsqrt() * output

    def losses(
        self,
        network: Network,
        clean: Tensor,
        noise: Tensor,
        level: NoiseLevel,
        labels: Tensor | None = None,
    ) -> Tensor:
        """See `Formulation`; equation 8, where the weight makes the target's variance 1."""
        sigma = level.sigma
        images = clean + sigma * noise
        total = sigma.square() + self.data_std**2
        target = (clean - self.data_std**2 / total * images) * total.sqrt()
        target = target / (sigma * self.data_std)
        output = self._predict(network, images, sigma, labels)
        return (output - target).square().flatten(1).mean(1)

    def _predict(
        self, network: Network, images: Tensor, sigma: Tensor, labels: Tensor | None
    ) -> Tensor:
        scaled = images * (sigma.square() + self.data_std**2).rsqrt()
        # c_noise = ln(sigma) / 4, in the thousandths that the networks' time embedding expects.
        times = sigma.log() * (_TIME_SPAN / 4)
        return network(scaled, _per_image(times, images), labels).float()


def training_losses(
    formulation: Formulation,
    network: Network,
    clean: Tensor,
    labels: Tensor | None,
    generator: torch.Generator,
) -> Tensor:
    """Losses (N,) of clean images (N, C, H, W) at levels and noise drawn from the generator."""
    level = formulation.draw_levels(len(clean), generator)
    noise = torch.randn(clean.shape, generator=generator, device=clean.device)
    return formulation.losses(network, clean, noise, level, labels)


def _spread(count: int, generator: torch.Generator) -> Tensor:
    """Uniform draws (count,) in [0, 1), one in each of ``count`` equal parts, in order.

    Kingma et al. 2021, "Variational diffusion models", appendix I.1: every batch sees all levels,
    and the loss varies less from batch to batch. Each draw alone is uniform.
    """
    device = generator.device
    offset = torch.rand(1, generator=generator, device=device)
    return (offset + torch.arange(count, device=device) / count) % 1


def _per_image(times: Tensor, images: Tensor) -> Tensor:
    """Times (N,) float32 beside the images, from one for all or one for each."""
    if times.ndim:
        return times.flatten()
    # Filled, not copied: a copy from the host would wait for the device.
    return images.new_full((len(images),), float(times))
