"""Samplers: pure functions from a denoiser, noisy images and a walk of levels to clean images.

The walk is a list of falling levels whose first is that of the images given and whose last is
clean; ``NoiseSchedule.walk`` and ``karras_walk`` make them, in any number of steps. Whoever starts
from a half-noised picture gives a walk that starts there. Randomness comes from the generator
given and nowhere else.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from kizu.diffusion.denoisers import Denoiser
from kizu.diffusion.levels import NoiseLevel, noise_between


def initial_noise(shape: Sequence[int], level: NoiseLevel, generator: torch.Generator) -> Tensor:
    """Images (N, C, H, W) at the first level of a walk, as if the clean ones had been zero."""
    noise = torch.randn(tuple(shape), generator=generator, device=generator.device)
    return level.noise * noise


@torch.no_grad()
def ddpm(
    denoise: Denoiser,
    noisy: Tensor,
    walk: Sequence[NoiseLevel],
    generator: torch.Generator,
    variance: Literal["lower", "upper"] = "lower",
) -> Tensor:
    """Ancestral sampling (Ho et al. 2020, algorithm 2), over any subset of the timesteps.

    Each step draws from the posterior ``q(next | noisy, clean)`` at the estimate of the clean
    images (equation 7; in signal and noise: Kingma et al. 2021, appendix A.2).

    Args:
        denoise: estimates clean images.
        noisy: (N, C, H, W) at the walk's first level.
        walk: falling levels, the last one clean.
        generator: on the images' device.
        variance: of a step, the posterior's (their beta tilde) or the forward process's (beta),
            which bound the true one from below and above (section 3.2).

    Returns:
        (N, C, H, W).
    """
    images = noisy
    for level, following in _steps(walk):
        clean = denoise(images, level)
        ratio = level.signal / following.signal
        added = level.noise.square() - (ratio * following.noise).square()
        share = (following.noise / level.noise).square()
        images = ratio * share * images + following.signal * added / level.noise.square() * clean
        if following.noise > 0:  # the last step adds none
            spread = added * share if variance == "lower" else added
            images = images + spread.sqrt() * _like(images, generator)
    return images


@torch.no_grad()
def ddim(
    denoise: Denoiser,
    noisy: Tensor,
    walk: Sequence[NoiseLevel],
    eta: float = 0.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Song et al. 2021, "Denoising diffusion implicit models", equations 12 and 16.

    Args:
        denoise: estimates clean images.
        noisy: (N, C, H, W) at the walk's first level.
        walk: falling levels, the last one clean.
        eta: 0 is deterministic, 1 adds as much noise as `ddpm` with the lower variance.
        generator: on the images' device; needed where eta is above 0.

    Returns:
        (N, C, H, W).

    Raises:
        ValueError: eta is not in [0, 1], or above 0 without a generator.
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"eta={eta} must be in [0, 1]")
    if eta and generator is None:
        raise ValueError(f"eta={eta} adds noise; pass a generator, or eta=0")
    images = noisy
    for level, following in _steps(walk):
        clean = denoise(images, level)
        noise = noise_between(images, clean, level)
        ratio = level.signal / following.signal
        added = level.noise.square() - (ratio * following.noise).square()
        spread = eta**2 * added * (following.noise / level.noise).square()
        direction = (following.noise.square() - spread).clamp(min=0).sqrt()
        images = following.signal * clean + direction * noise
        if generator is not None and spread > 0:
            images = images + spread.sqrt() * _like(images, generator)
    return images


@torch.no_grad()
def heun(
    denoise: Denoiser,
    noisy: Tensor,
    walk: Sequence[NoiseLevel],
    churn: float = 0.0,
    churn_range: tuple[float, float] = (0.0, math.inf),
    churn_noise: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Heun's second-order method with churn (Karras et al. 2022, algorithm 2).

    Calls the denoiser twice a step, once in the last.

    Args:
        denoise: estimates clean images.
        noisy: (N, C, H, W) at the walk's first level.
        walk: falling levels, the last one clean.
        churn: S_churn, how much noise is added back in all; 0 is deterministic.
        churn_range: S_tmin and S_tmax, the sigmas between which it is.
        churn_noise: S_noise, the standard deviation of that noise.
        generator: on the images' device; needed where churn is above 0.

    Returns:
        (N, C, H, W).

    Raises:
        ValueError: negative churn, or churn without a generator.
    """
    if churn < 0:
        raise ValueError(f"churn={churn} must not be negative")
    if churn and generator is None:
        raise ValueError(f"churn={churn} adds noise; pass a generator, or churn=0")
    steps = _steps(walk)
    one = torch.ones_like(walk[0].signal)
    images = noisy / walk[0].signal  # variance exploding from here on
    for level, following in steps:
        sigma, next_sigma = level.sigma, following.sigma
        if churn and generator is not None and churn_range[0] <= sigma <= churn_range[1]:
            raised = sigma * (1 + min(churn / len(steps), math.sqrt(2) - 1))
            spread = (raised.square() - sigma.square()).sqrt()
            images = images + churn_noise * spread * _like(images, generator)
            sigma = raised
        slope = (images - denoise(images, NoiseLevel(one, sigma))) / sigma
        euler = images + (next_sigma - sigma) * slope
        if next_sigma > 0:
            next_slope = (euler - denoise(euler, NoiseLevel(one, next_sigma))) / next_sigma
            images = images + (next_sigma - sigma) * (slope + next_slope) / 2
        else:
            images = euler
    return images


@torch.no_grad()
def dpm_solver(denoise: Denoiser, noisy: Tensor, walk: Sequence[NoiseLevel]) -> Tensor:
    """DPM-Solver++(2M): second order from one call a step (Lu et al. 2022, algorithm 2).

    A step extrapolates with the estimate of the step before; the first has none, and the last,
    whose log-SNR is infinite, is of first order.

    Args:
        denoise: estimates clean images.
        noisy: (N, C, H, W) at the walk's first level.
        walk: falling levels, the last one clean.

    Returns:
        (N, C, H, W).
    """
    images = noisy
    before: tuple[Tensor, Tensor] | None = None
    for level, following in _steps(walk):
        clean = denoise(images, level)
        step = level.sigma.log() - following.sigma.log()
        estimate = clean
        if before is not None and following.noise > 0:
            earlier_clean, earlier_step = before
            ratio = step / earlier_step / 2
            estimate = (1 + ratio) * clean - ratio * earlier_clean
        images = (following.noise / level.noise) * images - (
            following.signal * torch.expm1(-step) * estimate
        )
        before = clean, step
    return images


def _steps(walk: Sequence[NoiseLevel]) -> list[tuple[NoiseLevel, NoiseLevel]]:
    """Pairs of levels, from and to.

    Raises:
        ValueError: no step, levels that do not fall, or an end that is not clean.
    """
    sigmas = [float(level.sigma) for level in walk]
    falls = all(high > low for high, low in itertools.pairwise(sigmas))
    if len(sigmas) < 2 or not falls or sigmas[-1] != 0:
        raise ValueError(f"a walk must fall to 0 in one step at least, got sigmas {sigmas}")
    return list(itertools.pairwise(walk))


def _like(images: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(images.shape, generator=generator, device=images.device)
