"""Random erasing of a rectangle."""

import math

import torch
from torch import Tensor


def random_erasing(
    images: Tensor,
    generator: torch.Generator,
    probability: float,
    area: tuple[float, float] = (0.02, 0.33),
    aspect: tuple[float, float] = (0.3, 3.3),
) -> Tensor:
    """Fill a random rectangle with noise (Zhong et al. 2020, algorithm 1).

    Where the paper draws again until the rectangle fits, its sides are cut to the image's here:
    no image has to wait for another. The aspect ratio is uniform on a logarithmic scale, so that
    lying and standing rectangles are equally likely.

    Args:
        images: (N, C, H, W).
        generator: on the images' device.
        probability: of erasing in an image, 0 to 1.
        area: smallest and largest share of the image.
        aspect: smallest and largest height to width.

    Returns:
        Images of the same shape; erased pixels are N(0, 1), as wide as the images' own values.
    """
    count, _, height, width = images.shape

    def uniform(low: float, high: float) -> Tensor:
        draws = torch.rand(count, generator=generator, device=images.device)
        return low + (high - low) * draws

    erased = uniform(0, 1) < probability
    pixels = uniform(*area) * height * width
    ratio = uniform(math.log(aspect[0]), math.log(aspect[1])).exp()
    inside = []
    for size, side in ((height, (pixels * ratio).sqrt()), (width, (pixels / ratio).sqrt())):
        length = side.round().clamp(1, size)
        start = (uniform(0, 1) * (size - length + 1)).floor()
        position = torch.arange(size, device=images.device)
        inside.append((position >= start[:, None]) & (position < (start + length)[:, None]))
    window = inside[0][:, :, None] & inside[1][:, None, :] & erased[:, None, None]
    noise = torch.randn(images.shape, generator=generator, device=images.device, dtype=images.dtype)
    return torch.where(window[:, None], noise, images)
