"""Simplex noise: smooth random fields, in as many octaves as one likes.

Perlin 2002, "Noise hardware", as Gustavson 2005 explains it in "Simplex noise demystified". In
PyTorch, since a training draws a field for every image and step, on the device.
"""

import math

import torch
from torch import Tensor

# Between the square lattice of the hash and the triangles of the plane.
_SKEW = (math.sqrt(3) - 1) / 2
_UNSKEW = (3 - math.sqrt(3)) / 6
_PERIOD = 256
_DIRECTIONS = 16
# Brings the sum of a point's three corners to at most 1 with gradients of unit length.
_SCALE = 99.2
# Of one octave over the plane, see the test that integrates it.
_DEVIATION = 0.541


def simplex_noise(x: Tensor, y: Tensor) -> Tensor:
    """Return a fixed field over the plane, in [-1, 1], with a feature about every unit of length.

    Args:
        x: coordinates, non-negative, of any shape.
        y: the same shape.
    """
    table, gradients = _tables(x.device)
    skewed = (x + y) * _SKEW
    column, row = (x + skewed).floor(), (y + skewed).floor()
    origin = (column + row) * _UNSKEW
    # From the corner at the origin of the cell; the middle one of the three depends on the half.
    first_x, first_y = x - (column - origin), y - (row - origin)
    right = (first_x > first_y).to(x.dtype)
    total = torch.zeros_like(x)
    for step_x, step_y in ((0.0, 0.0), (right, 1 - right), (1.0, 1.0)):
        offset_x = first_x - step_x + (step_x + step_y) * _UNSKEW
        offset_y = first_y - step_y + (step_x + step_y) * _UNSKEW
        corner_x = (column + step_x).long() % _PERIOD
        corner_y = (row + step_y).long() % _PERIOD
        gradient = gradients[table[(table[corner_x] + corner_y) % _PERIOD] % _DIRECTIONS]
        near = (0.5 - offset_x.square() - offset_y.square()).clamp_min(0).pow(4)
        total = total + near * (gradient[..., 0] * offset_x + gradient[..., 1] * offset_y)
    return _SCALE * total


def simplex_fields(
    shape: tuple[int, ...],
    generator: torch.Generator,
    *,
    wavelength: float,
    octaves: int,
    persistence: float,
) -> Tensor:
    """Draw fields of mean 0 and variance 1 over all draws.

    Wyatt et al. 2022, "AnoDDPM", section 3.2: octaves of simplex noise, of halving wavelength.
    Each octave of each channel is a window of one endless field, at a place of its own.

    Args:
        shape: (N, C, H, W).
        generator: on the device of the result.
        wavelength: of the first octave, in pixels.
        octaves: how many.
        persistence: amplitude of an octave over that of the one before.

    Returns:
        (N, C, H, W).
    """
    count, channels, height, width = shape
    device = generator.device
    rows = torch.arange(height, device=device, dtype=torch.float32)[:, None]
    columns = torch.arange(width, device=device, dtype=torch.float32)
    total = torch.zeros(shape, device=device)
    for octave in range(octaves):
        places = _PERIOD * torch.rand(2, count, channels, 1, 1, generator=generator, device=device)
        frequency = 2**octave / wavelength
        noise = simplex_noise(places[0] + columns * frequency, places[1] + rows * frequency)
        total = total + persistence**octave * noise
    power = sum(persistence ** (2 * octave) for octave in range(octaves))
    return total / (_DEVIATION * math.sqrt(power))


def _tables(device: torch.device) -> tuple[Tensor, Tensor]:
    """The hash, a fixed permutation (256,), and the gradients (16, 2), evenly around a circle."""
    table = torch.randperm(_PERIOD, generator=torch.Generator().manual_seed(0))
    angles = torch.arange(_DIRECTIONS) * (2 * math.pi / _DIRECTIONS)
    gradients = torch.stack((angles.cos(), angles.sin()), dim=1)
    return table.to(device), gradients.to(device)
