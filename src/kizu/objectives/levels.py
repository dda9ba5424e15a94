"""Operations on the 256 levels of images, a batch at a time.

Images are (N, C, H, W) in [0, 1], a level being a 255th; ``strength`` (N,) is in [-1, 1], and only
its size counts.
"""

import torch
from torch import Tensor

_WHITE = 255


def posterize(images: Tensor, strength: Tensor) -> Tensor:
    """Keep the upper 8 (strength 0) to 4 bits (strength 1) of every level."""
    dropped = (strength.abs() * 4).round()[:, None, None, None]
    step = torch.exp2(dropped)
    return (_levels(images) / step).floor() * step / _WHITE


def solarize(images: Tensor, strength: Tensor) -> Tensor:
    """Invert what is at least as bright as a threshold, from 1 (strength 0) to 0 (strength 1)."""
    threshold = (1 - strength.abs())[:, None, None, None]
    return torch.where(images >= threshold, 1 - images, images)


def auto_contrast(images: Tensor, strength: Tensor) -> Tensor:
    """Stretch every channel from its darkest to its brightest value over [0, 1]."""
    low = images.amin(dim=(2, 3), keepdim=True)
    span = images.amax(dim=(2, 3), keepdim=True) - low
    flat = span == 0
    return torch.where(flat, images, (images - low) / torch.where(flat, 1, span))


def equalize(images: Tensor, strength: Tensor) -> Tensor:
    """Spread the levels of every channel so that each is about as frequent.

    Pillow's histogram equalization: level ``v`` becomes the number of darker pixels over the
    number of pixels a level, less those of the brightest; a channel of one level stays.
    """
    count, channels, height, width = images.shape
    levels = _levels(images).long().reshape(count * channels, height * width)
    histogram = torch.zeros(len(levels), 256, dtype=torch.long, device=images.device)
    histogram.scatter_add_(1, levels, torch.ones_like(levels))
    brightest = histogram.gather(1, levels.amax(dim=1, keepdim=True))
    step = (height * width - brightest) // _WHITE
    darker = histogram.cumsum(1) - histogram
    table = ((darker + step // 2) // step.clamp_min(1)).clamp(0, _WHITE)
    table = torch.where(step == 0, torch.arange(256, device=images.device), table)
    return table.gather(1, levels).view_as(images).to(images.dtype) / _WHITE


def _levels(images: Tensor) -> Tensor:
    return (images * _WHITE).round()
