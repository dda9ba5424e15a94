"""RandAugment: a few random operations of one strength (Cubuk et al. 2020).

Every image draws its own operations and directions, and all images of a batch go through at once:
geometric operations become one resampling by a matrix an image, the others are computed for all
and chosen. The fourteen operations and their ranges are those of the paper's section 4.1, as
torchvision has them (`torchvision.transforms.RandAugment`, magnitudes 0 to 30).
"""

import math
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from kizu.objectives.levels import auto_contrast, equalize, posterize, solarize

_GEOMETRIC = ("shear_x", "shear_y", "translate_x", "translate_y", "rotate")
LARGEST_MAGNITUDE = 30


def rand_augment(
    images: Tensor, generator: torch.Generator, operations: int = 2, magnitude: int = 9
) -> Tensor:
    """Apply ``operations`` randomly chosen operations to every image.

    Args:
        images: (N, C, H, W) in [-1, 1], C = 1 or 3.
        generator: on the images' device.
        operations: N of the paper.
        magnitude: M of the paper, 0 (hardly anything) to 30.

    Returns:
        Images of the same shape in [-1, 1]; what geometry leaves open is mid-gray.
    """
    strength = magnitude / LARGEST_MAGNITUDE
    levels = (images + 1) / 2
    for _ in range(operations):
        choice = torch.randint(
            len(OPERATIONS), (len(images),), generator=generator, device=images.device
        )
        coin = torch.rand(len(images), generator=generator, device=images.device)
        sign = torch.where(coin < 0.5, -1.0, 1.0)
        levels = apply_operations(levels, choice, sign * strength)
    return levels * 2 - 1


def apply_operations(images: Tensor, choice: Tensor, strength: Tensor) -> Tensor:
    """Apply to each image the operation that is chosen for it.

    Args:
        images: (N, C, H, W) in [0, 1].
        choice: (N,) positions in ``OPERATIONS``.
        strength: (N,) in [-1, 1]; the sign is the direction, where there is one.
    """
    changed = F.grid_sample(
        images - 0.5,
        F.affine_grid(_matrices(images, choice, strength), list(images.shape), align_corners=False),
        mode="nearest",
        align_corners=False,
    )
    geometric = choice < len(_GEOMETRIC)
    result = torch.where(_spread(geometric), changed + 0.5, images)
    for position, operation in enumerate(_TONAL.values(), start=len(_GEOMETRIC)):
        result = torch.where(_spread(choice == position), operation(images, strength), result)
    return result.clamp(0, 1)


def _matrices(images: Tensor, choice: Tensor, strength: Tensor) -> Tensor:
    """The matrix (N, 2, 3) from output to input, in coordinates of [-1, 1] along each axis."""
    _, _, height, width = images.shape

    def only(name: str, largest: float) -> Tensor:
        return strength * largest * (choice == _GEOMETRIC.index(name))

    # A shear of s moves a pixel by s times its distance from the center.
    shear_x, shear_y = only("shear_x", 0.3), only("shear_y", 0.3)
    # In torchvision up to 150 of 331 pixels; a shift is a share of half the size here.
    shift_x = only("translate_x", 2 * 150 / 331)
    shift_y = only("translate_y", 2 * 150 / 331)
    angle = only("rotate", math.radians(30))
    ratio = height / width
    cosine, sine = angle.cos(), angle.sin()
    first = torch.stack([cosine, (sine - shear_x) * ratio, -shift_x], dim=1)
    second = torch.stack([(-sine - shear_y) / ratio, cosine, -shift_y], dim=1)
    return torch.stack([first, second], dim=1)


def _identity(images: Tensor, strength: Tensor) -> Tensor:
    return images


def _brightness(images: Tensor, strength: Tensor) -> Tensor:
    return (images * _factor(strength)).clamp(0, 1)


def _color(images: Tensor, strength: Tensor) -> Tensor:
    return _blend(_gray(images), images, strength)


def _contrast(images: Tensor, strength: Tensor) -> Tensor:
    return _blend(_gray(images).mean(dim=(1, 2, 3), keepdim=True), images, strength)


def _sharpness(images: Tensor, strength: Tensor) -> Tensor:
    """Away from, or towards, a 3 × 3 smoothing; the border stays."""
    channels = images.shape[1]
    kernel = images.new_ones(3, 3)
    kernel[1, 1] = 5
    kernel = (kernel / kernel.sum()).expand(channels, 1, 3, 3)
    smooth = images.clone()
    smooth[..., 1:-1, 1:-1] = F.conv2d(images, kernel, groups=channels)
    return _blend(smooth, images, strength)


# In this order they follow the geometric ones in `OPERATIONS`.
_TONAL: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "identity": _identity,
    "brightness": _brightness,
    "color": _color,
    "contrast": _contrast,
    "sharpness": _sharpness,
    "posterize": posterize,
    "solarize": solarize,
    "auto_contrast": auto_contrast,
    "equalize": equalize,
}
OPERATIONS = (*_GEOMETRIC, *_TONAL)


def _factor(strength: Tensor) -> Tensor:
    return _spread(1 + 0.9 * strength)


def _blend(base: Tensor, images: Tensor, strength: Tensor) -> Tensor:
    return (base + (images - base) * _factor(strength)).clamp(0, 1)


def _gray(images: Tensor) -> Tensor:
    if images.shape[1] == 1:
        return images
    weights = images.new_tensor([0.2989, 0.587, 0.114])[:, None, None]
    return (images * weights).sum(dim=1, keepdim=True)


def _spread(values: Tensor) -> Tensor:
    return values[:, None, None, None]
