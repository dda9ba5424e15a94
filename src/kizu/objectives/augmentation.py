"""Augmentation of training images."""

import torch
from torch import Tensor


def random_shift(images: Tensor, generator: torch.Generator, limit: int) -> Tensor:
    """Shift every image by whole pixels, drawn uniformly from [-limit, limit] a direction.

    The border's pixels are repeated into the gap.

    Args:
        images: (N, C, H, W).
        generator: on the images' device.
        limit: largest shift in pixels; 0 changes nothing.

    Returns:
        Images of the same shape.
    """
    count, _, height, width = images.shape
    shifts = torch.randint(
        -limit, limit + 1, (2, count, 1), generator=generator, device=images.device
    )
    rows, columns = (
        (torch.arange(size, device=images.device) + shift).clamp(0, size - 1)
        for size, shift in zip((height, width), shifts, strict=True)
    )
    each = torch.arange(count, device=images.device)[:, None, None]
    # Indices around a slice put the channels last.
    return images[each, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def random_mirror(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror half of the images left to right; (N, C, H, W), the generator on their device."""
    return _flip_half(images, generator, dimension=3)


def random_upending(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turn half of the images upside down; (N, C, H, W), the generator on their device."""
    return _flip_half(images, generator, dimension=2)


def _flip_half(images: Tensor, generator: torch.Generator, dimension: int) -> Tensor:
    draws = torch.rand(len(images), generator=generator, device=images.device)
    return torch.where((draws < 0.5)[:, None, None, None], images.flip(dimension), images)
