"""Simplex noise."""

import math

import pytest
import torch

from kizu.diffusion import simplex
from kizu.diffusion.simplex import simplex_fields, simplex_noise

OPTIONS = {"wavelength": 8.0, "octaves": 3, "persistence": 0.8}


def by_hand(x, y):
    """Gustavson's recipe, a point at a time, in plain Python."""
    table, gradients = (part.tolist() for part in simplex._tables(torch.device("cpu")))
    skew = (x + y) * (math.sqrt(3) - 1) / 2
    i, j = math.floor(x + skew), math.floor(y + skew)
    unskew = (3 - math.sqrt(3)) / 6
    total = 0.0
    first = (x - (i - (i + j) * unskew), y - (j - (i + j) * unskew))
    for a, b in [(0, 0), (1, 0) if first[0] > first[1] else (0, 1), (1, 1)]:
        dx, dy = first[0] - a + (a + b) * unskew, first[1] - b + (a + b) * unskew
        gradient = gradients[table[(table[(i + a) % 256] + j + b) % 256] % 16]
        near = max(0.0, 0.5 - dx * dx - dy * dy)
        total += near**4 * (gradient[0] * dx + gradient[1] * dy)
    return 99.2 * total


def test_against_the_recipe_by_hand():
    places = torch.rand(2, 60, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x, y = places * torch.tensor([[300.0], [7.0]])
    found = simplex_noise(x, y)
    expected = [by_hand(*place) for place in zip(x.tolist(), y.tolist(), strict=True)]
    torch.testing.assert_close(
        found, torch.tensor(expected, dtype=torch.float64), atol=1e-6, rtol=0
    )


def test_smooth_and_in_range():
    grid = torch.arange(0, 30, 0.001, dtype=torch.float64)
    values = simplex_noise(grid, torch.full_like(grid, 3.3))
    assert values.abs().max() <= 1.001
    # No steps: it rises by less than ten a unit.
    assert values.diff().abs().max() < 0.01
    assert values.std() > 0.3


def test_fields_have_mean_zero_and_variance_one():
    fields = simplex_fields((400, 2, 16, 16), torch.Generator().manual_seed(0), **OPTIONS)
    assert fields.mean().abs() < 0.02
    assert fields.var() == pytest.approx(1, abs=0.05)


def test_fields_are_smooth_and_unlike_each_other():
    fields = simplex_fields((50, 2, 32, 32), torch.Generator().manual_seed(0), **OPTIONS)
    along = (fields[..., 1:] * fields[..., :-1]).mean()
    assert along > 0.5
    assert (fields[1:] * fields[:-1]).mean().abs() < 0.1
    assert (fields[:, 0] * fields[:, 1]).mean().abs() < 0.1


def test_the_generator_decides():
    first, again, other = (
        simplex_fields((2, 1, 8, 8), torch.Generator().manual_seed(seed), **OPTIONS)
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
