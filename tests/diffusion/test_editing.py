from functools import partial

import pytest
import torch

from kizu.diffusion.editing import interpolate, reconstruct
from kizu.diffusion.samplers import ddim, ddpm
from kizu.diffusion.schedules import build_schedule

SCHEDULE = build_schedule("linear", 200)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


class Spy:
    """A denoiser that remembers what it was asked."""

    def __init__(self, denoise):
        self.denoise, self.calls = denoise, []

    def __call__(self, noisy, level):
        self.calls.append((noisy, level))
        return self.denoise(noisy, level)


@pytest.mark.parametrize("start", [1, 60, 200])
def test_denoising_starts_where_it_noised(start, gaussian):
    images = gaussian.normal(4000) * 0.1 + 0.7
    spy = Spy(gaussian.optimal)
    walk = SCHEDULE.walk(min(start, 5), start=start)
    reconstruct(ddim, spy, images, walk, generator())
    noisy, level = spy.calls[0]
    assert level == SCHEDULE.level(start)
    assert float(noisy.mean()) == pytest.approx(0.7 * float(level.signal), abs=0.05)
    remaining = (noisy - level.signal * images) / level.noise
    assert float(remaining.std()) == pytest.approx(1, abs=0.03)


def test_little_noise_gives_the_picture_back_and_much_noise_another(gaussian):
    images = gaussian.normal(500) * gaussian.STD

    def distance(start):
        sampler = partial(ddpm, generator=generator(1))
        walk = SCHEDULE.walk(start, start=start)
        result = reconstruct(sampler, gaussian.optimal, images, walk, generator())
        return float((result - images).square().mean())

    assert distance(2) < 0.01 < 0.1 < distance(50) < distance(200)
    # Nothing left of the pictures: twice the variance.
    assert distance(200) == pytest.approx(2 * gaussian.STD**2, rel=0.2)


def test_mixtures_start_where_they_were_noised_and_carry_that_noise(gaussian):
    first, second = gaussian.normal(3000, 1) * 0.2, gaussian.normal(3000, 2) * 0.2 + 0.5
    spy, walk = Spy(gaussian.optimal), SCHEDULE.walk(4, start=120)
    mixed = interpolate(ddim, spy, first, second, (0.0, 0.5, 1.0), walk, generator())
    assert mixed.shape == (3000, 3, 1, 1, 1)
    noisy, level = spy.calls[0]
    assert level == SCHEDULE.level(120)
    noisy = noisy.view(3000, 3)
    for column, position in enumerate((0.0, 0.5, 1.0)):
        clean = torch.lerp(first, second, position).flatten()
        noise = (noisy[:, column] - level.signal * clean) / level.noise
        assert float(noise.std()) == pytest.approx(1, abs=0.03)
    ends = reconstruct(ddim, gaussian.optimal, first, walk, generator())
    torch.testing.assert_close(mixed[:, 0], ends)
