"""The variational bound in bits per dimension, and the error at each noise level."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kizu.diffusion.denoisers import Denoiser
from kizu.diffusion.levels import NoiseLevel, add_noise

_BITS = 1 / math.log(2)
# Half the distance between two of the 256 levels, in images of [-1, 1].
_HALF_LEVEL = 1 / 255


@dataclass(frozen=True)
class VariationalBound:
    """Terms of the bound for N images, in bits per dimension.

    Attributes:
        prior: (N,) what of the image is left at the noisiest level.
        transitions: (N, S - 1) one term a step but the last, from the noisiest on.
        reconstruction: (N,) the step to the 256 levels of a pixel.
    """

    prior: Tensor
    transitions: Tensor
    reconstruction: Tensor

    @property
    def total(self) -> Tensor:
        """(N,) an upper bound of the negative log-likelihood."""
        return self.prior + self.transitions.sum(1) + self.reconstruction


@torch.no_grad()
def variational_bound(
    denoise: Denoiser, images: Tensor, walk: Sequence[NoiseLevel], generator: torch.Generator
) -> VariationalBound:
    """Bound the negative log-likelihood of images by a chain of S steps.

    Ho et al. 2020, equation 5, with the posterior's variances, so that a step's divergence is the
    error of the clean estimate times half the gain in SNR (Kingma et al. 2021, equation 13). Any
    walk gives a bound, a longer one a tighter one. One draw of noise a term: average over images.

    Args:
        denoise: estimates clean images.
        images: (N, C, H, W) of the 256 levels in [-1, 1].
        walk: falling variance preserving levels, the last one clean.
        generator: on the images' device.
    """
    walk = walk[:-1]
    errors = denoising_errors(denoise, images, walk, generator)
    snrs = torch.stack([level.snr for level in walk]).to(errors)
    dimensions = images[0].numel()
    # The sum over an image's pixels, divided by their number: errors are means already.
    transitions = 0.5 * snrs.diff() * errors[:, :-1] * _BITS

    first, last = walk[0], walk[-1]
    power = first.signal.square() * images.square().flatten(1).mean(1)
    prior = 0.5 * (power + first.noise.square() - 1 - 2 * first.noise.log()) * _BITS

    noise = torch.randn(images.shape, generator=generator, device=images.device)
    estimate = denoise(add_noise(images, noise, last), last)
    log_likelihood = discretized_log_likelihood(images, estimate, last.noise)
    reconstruction = -log_likelihood.flatten(1).sum(1) / dimensions * _BITS
    return VariationalBound(prior, transitions, reconstruction)


def discretized_log_likelihood(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Log probability of each pixel's level under a normal distribution cut into 256 levels.

    Ho et al. 2020, equation 13: the lowest and the highest level take the tails.

    Args:
        images: (N, C, H, W) of the 256 levels in [-1, 1].
        mean: (N, C, H, W).
        std: broadcastable.

    Returns:
        (N, C, H, W), natural logarithm.
    """
    # On the side of the mean where the cumulative probability is small, and not close to 1.
    centered = images - mean
    flipped = torch.where(centered > 0, -1.0, 1.0)
    above = (centered + _HALF_LEVEL) / std
    below = (centered - _HALF_LEVEL) / std
    above = torch.where(images > 1 - _HALF_LEVEL, math.inf, above)
    below = torch.where(images < -1 + _HALF_LEVEL, -math.inf, below)
    high = torch.special.log_ndtr(torch.maximum(flipped * above, flipped * below))
    low = torch.special.log_ndtr(torch.minimum(flipped * above, flipped * below))
    return high + torch.log1p(-(low - high).exp())


@torch.no_grad()
def denoising_errors(
    denoise: Denoiser, images: Tensor, levels: Sequence[NoiseLevel], generator: torch.Generator
) -> Tensor:
    """Squared errors of the clean estimate, (N, L): a mean over pixels for each image and level.

    Times a level's SNR it is the error of the noise (variance preserving or not).
    """
    errors = []
    for level in levels:
        noise = torch.randn(images.shape, generator=generator, device=images.device)
        estimate = denoise(add_noise(images, noise, level), level)
        errors.append((estimate - images).square().flatten(1).mean(1))
    return torch.stack(errors, dim=1)
