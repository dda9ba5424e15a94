import pytest
import torch

from kizu.objectives.diversity import mode_seeking_loss


def test_the_inverse_of_distance_per_distance():
    latents = torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0], [1.0, 5.0]])
    images = torch.zeros(4, 1, 2, 2)
    images[2], images[3] = 0.5, -0.25
    # Pairs are (0, 2) and (1, 3): mean distances 0.375 of images, 1.5 of latents.
    assert mode_seeking_loss(latents, images).item() == pytest.approx(4.0, rel=1e-4)


def test_equal_images_cost_most_and_finitely():
    latents = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    loss = mode_seeking_loss(latents, torch.ones(4, 1, 2, 2))
    assert loss.item() == pytest.approx(1e5, rel=1e-3)


def test_the_slope_pushes_the_images_of_a_pair_apart():
    latents = torch.tensor([[0.0], [1.0]])
    images = torch.tensor([0.1, 0.2]).view(2, 1, 1, 1).requires_grad_()
    mode_seeking_loss(latents, images).backward()
    assert images.grad.flatten()[0] > 0
    assert images.grad.flatten()[1] < 0
