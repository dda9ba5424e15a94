"""What can be done with pictures that exist: noise them part of the way, and come back."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from kizu.diffusion.denoisers import Denoiser
from kizu.diffusion.levels import NoiseLevel, add_noise

Sampler = Callable[[Denoiser, Tensor, Sequence[NoiseLevel]], Tensor]
"""A function of `kizu.diffusion.samplers` with its options bound."""


def reconstruct(
    sampler: Sampler,
    denoise: Denoiser,
    images: Tensor,
    walk: Sequence[NoiseLevel],
    generator: torch.Generator,
) -> Tensor:
    """Noise images to the walk's first level and denoise them along it.

    What a model of normal images cannot draw does not come back: the difference is an anomaly map
    (Wyatt et al. 2022, "AnoDDPM").

    Args:
        sampler: a sampler with its options bound.
        denoise: estimates clean images.
        images: (N, C, H, W) in [-1, 1].
        walk: e.g. ``schedule.walk(steps, start=timestep)``.
        generator: on the images' device.

    Returns:
        (N, C, H, W).
    """
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    return sampler(denoise, add_noise(images, noise, walk[0]), walk)


def interpolate(
    sampler: Sampler,
    denoise: Denoiser,
    first: Tensor,
    second: Tensor,
    positions: Sequence[float],
    walk: Sequence[NoiseLevel],
    generator: torch.Generator,
) -> Tensor:
    """Mix pictures at a noise level and denoise the mixtures from that same level.

    Ho et al. 2020, figure 8, but both pictures get the same noise: a mixture of two different ones
    would carry less noise than the level says.

    Args:
        sampler: a sampler with its options bound.
        denoise: estimates clean images of P·N images, the positions of one pair side by side.
        first: (N, C, H, W) in [-1, 1].
        second: (N, C, H, W).
        positions: P values; 0 is the first picture, 1 the second.
        walk: where it starts decides how much may change.
        generator: on the images' device.

    Returns:
        (N, P, C, H, W).
    """
    noise = torch.randn(first.shape, generator=generator, device=first.device)
    start, end = (add_noise(images, noise, walk[0]) for images in (first, second))
    mixed = torch.stack([torch.lerp(start, end, position) for position in positions], dim=1)
    return sampler(denoise, mixed.flatten(end_dim=1), walk).view_as(mixed)
