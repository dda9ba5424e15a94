"""Differentiable augmentation of real and generated images.

Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training": the discriminator
sees nothing but augmented images, of either kind, and the generator learns through the
augmentation. Operations and their strengths are those of the authors' code. Images are
(N, C, H, W) in [-1, 1]; every image has draws of its own, from an explicit generator.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Operation = Callable[[Tensor, torch.Generator], Tensor]

_LARGEST_SHIFT = 1 / 8
_CUT_SHARE = 1 / 2


def random_color(images: Tensor, generator: torch.Generator) -> Tensor:
    """Change brightness, then saturation, then contrast.

    Brightness adds a number in [-0.5, 0.5]; saturation scales the distance from the pixel's mean
    over its channels by one in [0, 2] (of one channel it changes nothing); contrast scales the
    distance from the image's mean by one in [0.5, 1.5].
    """
    brightness, saturation, contrast = (
        _uniform(images, generator)[:, None, None, None] for _ in range(3)
    )
    images = images + (brightness - 0.5)
    gray = images.mean(dim=1, keepdim=True)
    images = gray + (images - gray) * (2 * saturation)
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (images - mean) * (contrast + 0.5)


def random_translation(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shift by whole pixels, up to an eighth of the size a direction; zeros fill the gap."""
    count, _, height, width = images.shape
    limits = [int(size * _LARGEST_SHIFT + 0.5) for size in (height, width)]
    rows, columns = (
        torch.arange(size, device=images.device)
        + _integers(count, -limit, limit, generator, images.device)[:, None]
        for size, limit in zip((height, width), limits, strict=True)
    )
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[
        :, None, :
    ]
    each = torch.arange(count, device=images.device)[:, None, None]
    # Indices around a slice put the channels last.
    shifted = images[
        each, :, rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None, :]
    ].permute(0, 3, 1, 2)
    return shifted * inside[:, None].to(images.dtype)


def random_cutout(images: Tensor, generator: torch.Generator) -> Tensor:
    """Blank a window of half the size; its center lies anywhere, so that part may fall outside."""
    count, _, height, width = images.shape
    inside = []
    for size in (height, width):
        side = int(size * _CUT_SHARE + 0.5)
        center = _integers(count, 0, size - side % 2, generator, images.device)
        offset = torch.arange(size, device=images.device) - (center - side // 2)[:, None]
        inside.append((offset >= 0) & (offset < side))
    window = inside[0][:, :, None] & inside[1][:, None, :]
    return images * (~window)[:, None].to(images.dtype)


OPERATIONS: Mapping[str, Operation] = {
    "color": random_color,
    "translation": random_translation,
    "cutout": random_cutout,
}


def diff_augment(
    images: Tensor,
    generator: torch.Generator,
    operations: Sequence[Operation],
    probability: Tensor | None = None,
) -> Tensor:
    """Apply the operations one after another.

    Args:
        images: (N, C, H, W) in [-1, 1]; leave that range as they may.
        generator: on the images' device.
        operations: in the order of application.
        probability: 0-d, on the device; each operation is applied to each image with it. None
            applies all to all.
    """
    for operation in operations:
        changed = operation(images, generator)
        if probability is None:
            images = changed
        else:
            chosen = _uniform(images, generator) < probability
            images = torch.where(chosen[:, None, None, None], changed, images)
    return images


def _uniform(images: Tensor, generator: torch.Generator) -> Tensor:
    """A number in [0, 1) for each image, (N,)."""
    return torch.rand(len(images), generator=generator, device=images.device, dtype=images.dtype)


def _integers(
    count: int, low: int, high: int, generator: torch.Generator, device: torch.device
) -> Tensor:
    """``count`` integers in [low, high]."""
    return torch.randint(low, high + 1, (count,), generator=generator, device=device)
