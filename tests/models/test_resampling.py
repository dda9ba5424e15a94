import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kizu.models.layers import convolution
from kizu.models.resampling import (
    UpsampleConvolution,
    convolve_downsample,
    doubling,
    downsample,
    upsample,
    upsample_convolve,
)


def conv(images: Tensor, layer: torch.nn.Conv2d) -> Tensor:
    return F.conv2d(images, layer.weight, layer.bias, padding=layer.kernel_size[0] // 2)


def repeat(images: Tensor) -> Tensor:
    return images.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


def average(images: Tensor) -> Tensor:
    corners = [images[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1)]
    return torch.stack(corners).mean(dim=0)


@settings(max_examples=20, deadline=None)
@given(
    channels=st.integers(1, 5),
    features=st.integers(1, 5),
    size=st.integers(1, 10),
    seed=st.integers(0, 10_000),
)
def test_resampling_folds_exactly_into_the_convolution(channels, features, size, seed):
    torch.manual_seed(seed)
    layer = convolution(channels, features, 3).double()
    torch.nn.init.normal_(layer.bias)
    small = torch.randn(2, channels, size, size, dtype=torch.float64)
    large = torch.randn(2, channels, 2 * size, 2 * size, dtype=torch.float64)
    torch.testing.assert_close(upsample_convolve(small, layer), conv(repeat(small), layer))
    torch.testing.assert_close(convolve_downsample(large, layer), average(conv(large, layer)))


def test_folded_gradients_agree_with_the_plain_ones():
    torch.manual_seed(0)
    layer = convolution(3, 4, 3)
    for folded, plain, size in (
        (upsample_convolve, lambda images, layer: conv(repeat(images), layer), 8),
        (convolve_downsample, lambda images, layer: average(conv(images, layer)), 8),
    ):
        images = torch.randn(2, 3, size, size, requires_grad=True)
        variables = (images, layer.weight, layer.bias)
        outputs = [function(images, layer) for function in (folded, plain)]
        direction = torch.randn_like(outputs[0])
        gradients = [torch.autograd.grad(output, variables, direction) for output in outputs]
        torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-5)


def test_resampling_is_nearest_and_average():
    images = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(upsample(images), repeat(images), rtol=0, atol=0)
    torch.testing.assert_close(downsample(images), average(images))


@pytest.mark.parametrize("upsampling", ["transposed", "nearest", "bilinear"])
@pytest.mark.parametrize("bias", [True, False])
def test_doubling_layers_double(upsampling, bias):
    layer = doubling(3, 5, upsampling, bias=bias)
    assert layer(torch.randn(2, 3, 6, 6)).shape == (2, 5, 12, 12)
    assert (layer.bias is not None) == bias


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_upsample_convolution_is_both_in_turn(size, mode):
    torch.manual_seed(0)
    layer = UpsampleConvolution(3, 5, mode).double()
    images = torch.randn(2, 3, size, size, dtype=torch.float64)
    larger = F.interpolate(images, scale_factor=2, mode=mode)
    torch.testing.assert_close(layer(images), conv(larger, layer))


def test_unknown_upsampling_is_refused():
    with pytest.raises(ValueError, match=r"upsampling='cubic' .* transposed, nearest, bilinear"):
        doubling(3, 5, "cubic")
