import pytest
import torch
from torch import nn

from kizu.models.subpixel import SubpixelConvolution, UnshuffledConvolution


@pytest.mark.parametrize(
    ("layer", "twin"),
    [(nn.ConvTranspose2d, SubpixelConvolution), (nn.Conv2d, UnshuffledConvolution)],
)
@pytest.mark.parametrize("channels", [(3, 2), (1, 5), (5, 1)])
@pytest.mark.parametrize("bias", [True, False])
def test_the_same_map_and_the_same_gradient(layer, twin, channels, bias):
    torch.manual_seed(0)
    original = layer(*channels, 4, stride=2, padding=1, bias=bias).double()
    images = torch.randn(2, channels[0], 6, 10, dtype=torch.float64, requires_grad=True)
    expected = original(images)
    found = twin(original)(images)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    weights = torch.randn_like(expected)
    torch.testing.assert_close(
        *(torch.autograd.grad((output * weights).sum(), images) for output in (found, expected)),
        rtol=1e-12,
        atol=1e-12,
    )
