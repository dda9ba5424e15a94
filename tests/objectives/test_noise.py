import pytest
import torch

from kizu.objectives.noise import InstanceNoise, dequantize


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_dequantized_images_round_to_the_levels_they_had():
    levels = torch.arange(256).repeat(64).view(64, 1, 16, 16)
    noisy = dequantize(levels.float() / 127.5 - 1, generator())
    offsets = (noisy + 1) * 127.5 - levels
    assert offsets.abs().max() <= 0.5 + 1e-4
    assert abs(offsets.mean().item()) < 0.01
    assert offsets.std().item() == pytest.approx(12**-0.5, rel=0.02), "uniform over one level"


def test_noise_fades_linearly_and_is_gone():
    noise, images = InstanceNoise(0.4, decay_updates=4), torch.zeros(64, 1, 16, 16)
    seen = []
    for _ in range(6):
        seen.append(noise(images, generator()).std().item())
        noise.observe(torch.zeros(8))
    assert seen == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0, 0.0], rel=0.02)


def test_noise_is_its_generators_and_passes_the_gradient():
    noise = InstanceNoise(0.1, 10)
    images = torch.zeros(2, 1, 4, 4, requires_grad=True)
    first = noise(images, generator(1))
    assert torch.equal(first, noise(images, generator(1)))
    assert not torch.equal(first, noise(images, generator(2)))
    first.sum().backward()
    assert torch.equal(images.grad, torch.ones_like(images))
