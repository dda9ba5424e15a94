import numpy as np
import pytest
import torch

from kizu.detection.images.gradient_neighbors import GradientNeighbors
from kizu.detection.images.gradients import gradient_histograms


def edge(angle):
    """A smooth edge whose brightness rises towards an angle."""
    rows, columns = np.mgrid[-8:8, -8:8] + 0.5
    towards = columns * np.cos(angle) + rows * np.sin(angle)
    return torch.from_numpy(np.tanh(towards / 3)).float()[None, None]


@pytest.mark.parametrize("orientation", range(8))
def test_an_edge_fills_its_own_orientation(orientation):
    histograms = gradient_histograms(edge(orientation * np.pi / 4), 8, cell=4, stride=4)
    assert histograms.shape == (1, 8, 4, 4)
    assert histograms.sum(dim=(0, 2, 3)).argmax() == orientation


def test_contrast_and_brightness_drop_out():
    images = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    first = gradient_histograms(images, 8, 3, 2)
    torch.testing.assert_close(gradient_histograms(0.3 * images - 0.5, 8, 3, 2), first)
    torch.testing.assert_close(first.flatten(1).norm(dim=1), torch.ones(3))


def test_an_image_without_edges_is_nearly_zero():
    assert gradient_histograms(torch.full((1, 3, 16, 16), 0.5), 8, 3, 2).norm() < 0.01


def test_a_cell_larger_than_the_image_is_refused(parameters, normal):
    large = parameters["gradient_neighbors"].model_copy(update={"cell": 17})
    with pytest.raises(ValueError, match="cell=17 must be at most"):
        GradientNeighbors(large).fit(normal)
