"""Random resized crops for training, for a whole batch at once.

Szegedy et al. 2015, "Going deeper with convolutions", section 6: a rectangle of random area and
aspect ratio, resized to one size. The interpolation is bilinear and averages where it makes images
smaller, as torchvision's ``resized_crop(antialias=True)`` does.
"""

import math

import torch
from torch import Tensor

# Rectangles drawn for an image before its center is taken instead, as in torchvision.
_ATTEMPTS = 10


def random_resized_crop(
    images: Tensor,
    generator: torch.Generator,
    size: int,
    *,
    scale: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
) -> Tensor:
    """Return a random part of every image, resized.

    Args:
        images: (N, C, H, W), floating point.
        generator: on the images' device.
        size: height and width of the result in pixels.
        scale: smallest and largest share of the image's area.
        ratio: smallest and largest width / height.

    Returns:
        (N, C, size, size).
    """
    count, _, height, width = images.shape
    boxes = random_boxes(count, height, width, generator, scale=scale, ratio=ratio)
    return crop_and_resize(images, boxes, size)


def random_boxes(
    count: int,
    height: int,
    width: int,
    generator: torch.Generator,
    *,
    scale: tuple[float, float],
    ratio: tuple[float, float],
) -> Tensor:
    """Draw a rectangle for each of ``count`` images of ``height`` × ``width`` pixels.

    The area is uniform, the logarithm of the aspect ratio too. A rectangle that does not fit is
    drawn again; after ten of them it is the largest at the center whose ratio is allowed.

    Returns:
        (count, 4) int64 on the generator's device: top, left, height, width.
    """
    draws = torch.rand(4, count, _ATTEMPTS, generator=generator, device=generator.device)
    area = height * width * (scale[0] + (scale[1] - scale[0]) * draws[0])
    low, high = math.log(ratio[0]), math.log(ratio[1])
    aspect = torch.exp(low + (high - low) * draws[1])
    widths = torch.sqrt(area * aspect).round().long()
    heights = torch.sqrt(area / aspect).round().long()
    fits = (widths > 0) & (widths <= width) & (heights > 0) & (heights <= height)
    tops = (draws[2] * (height - heights + 1)).long()
    lefts = (draws[3] * (width - widths + 1)).long()
    attempts = torch.stack([tops, lefts, heights, widths], dim=-1)
    first = fits.int().argmax(dim=1)
    chosen = attempts[torch.arange(count, device=first.device), first]
    center = torch.tensor(_center_box(height, width, ratio), device=chosen.device)
    return torch.where(fits.any(dim=1, keepdim=True), chosen, center)


def crop_and_resize(images: Tensor, boxes: Tensor, size: int) -> Tensor:
    """Return the given rectangle of each image, resized.

    Bilinear interpolation weighs rows and columns apart, so that the whole batch is two products
    of matrices.

    Args:
        images: (N, C, H, W), floating point.
        boxes: (N, 4) int64 on the images' device: top, left, height, width, within the images.
        size: height and width of the result.

    Returns:
        (N, C, size, size).
    """
    top, left, box_height, box_width = boxes.unbind(dim=1)
    rows = _weights(top, box_height, images.shape[2], size).to(images.dtype)
    columns = _weights(left, box_width, images.shape[3], size).to(images.dtype)
    return rows[:, None] @ images @ columns[:, None].mT


def _weights(start: Tensor, length: Tensor, pixels: int, size: int) -> Tensor:
    """Return (N, size, pixels): how much of each pixel goes into each new one, summing to 1.

    The weight falls linearly with the distance of the two pixels' centers, to zero at one pixel of
    the coarser of the two grids; pixels beyond the rectangle have none.
    """
    step = (length / size)[:, None, None]
    new = torch.arange(size, device=start.device)[:, None]
    old = torch.arange(pixels, device=start.device) - start[:, None, None]
    distance = (old + 0.5 - (new + 0.5) * step).abs() / step.clamp(min=1)
    weights = (1 - distance).clamp(min=0) * ((old >= 0) & (old < length[:, None, None]))
    return weights / weights.sum(dim=2, keepdim=True)


def _center_box(height: int, width: int, ratio: tuple[float, float]) -> tuple[int, int, int, int]:
    box_height, box_width = height, width
    if width / height < ratio[0]:
        box_height = round(width / ratio[0])
    elif width / height > ratio[1]:
        box_width = round(height * ratio[1])
    return (height - box_height) // 2, (width - box_width) // 2, box_height, box_width
