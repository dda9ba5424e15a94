import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kizu.models.blocks import (
    DiscriminatorBlock,
    DiscriminatorStem,
    GeneratorBlock,
    ProjectionHead,
    convolution,
    convolve_downsample,
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


def randomize(module: torch.nn.Module) -> torch.nn.Module:
    """Give biases and normalization parameters values that a mistake would show in."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim == 1:
                parameter.normal_()
    return module.double().eval()


def check_equal(block: torch.nn.Module, images: Tensor, output: Tensor, expected: Tensor) -> None:
    """Compare values and the gradients of the input and of every parameter."""
    torch.testing.assert_close(output, expected)
    variables = [images, *block.parameters()]
    direction = torch.randn_like(expected)
    torch.testing.assert_close(
        torch.autograd.grad(output, variables, direction),
        torch.autograd.grad(expected, variables, direction),
    )


@pytest.mark.parametrize("class_count", [0, 3])
@pytest.mark.parametrize("size", [4, 8])
def test_generator_block_against_the_paper(class_count, size):
    block = randomize(GeneratorBlock(6, 4, class_count))
    images = torch.randn(3, 6, size, size, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 2, 2]) if class_count else None
    hidden = F.relu(block.norm1(images, labels))
    hidden = conv(repeat(hidden), block.conv1)
    hidden = conv(F.relu(block.norm2(hidden, labels)), block.conv2)
    expected = hidden + conv(repeat(images), block.shortcut)
    check_equal(block, images, block(images, labels), expected)


@pytest.mark.parametrize(
    ("in_channels", "out_channels", "halves"), [(6, 6, False), (6, 4, False), (6, 4, True)]
)
def test_discriminator_block_against_the_paper(in_channels, out_channels, halves):
    block = randomize(DiscriminatorBlock(in_channels, out_channels, downsample=halves))
    images = torch.randn(3, in_channels, 8, 8, dtype=torch.float64, requires_grad=True)
    hidden = conv(torch.relu(images), block.conv1)
    hidden = conv(torch.relu(hidden), block.conv2)
    shortcut = (
        images if in_channels == out_channels and not halves else conv(images, block.shortcut)
    )
    expected = hidden + shortcut
    check_equal(block, images, block(images), average(expected) if halves else expected)


def test_discriminator_stem_against_the_paper():
    block = randomize(DiscriminatorStem(3, 5))
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    hidden = average(conv(torch.relu(conv(images, block.conv1)), block.conv2))
    expected = hidden + conv(average(images), block.shortcut)
    check_equal(block, images, block(images), expected)


def test_hidden_width_of_the_discriminator_is_its_input():
    block = DiscriminatorBlock(6, 4, downsample=True)
    assert block.conv1.weight.shape == (6, 6, 3, 3)
    assert block.conv2.weight.shape == (4, 6, 3, 3)


@pytest.mark.parametrize(
    "block",
    [
        GeneratorBlock(3, 3),
        DiscriminatorBlock(3, 3, downsample=False),
        DiscriminatorBlock(3, 5, downsample=True),
        DiscriminatorStem(3, 5),
    ],
    ids=["generator", "identity shortcut", "downsampling", "stem"],
)
@pytest.mark.parametrize("training", [True, False])
def test_no_block_changes_its_input(block, training):
    """An in-place ReLU would hand the shortcut rectified values."""
    images = torch.randn(4, 3, 8, 8)
    before = images.clone()
    block.train(training)(images)
    assert torch.equal(images, before)


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


def test_projection_head_against_the_equation():
    torch.manual_seed(0)
    head = ProjectionHead(12, 3, class_count=5).eval()
    features, pooled = torch.randn(4, 12), torch.randn(4, 3)
    labels = torch.tensor([4, 0, 0, 2])
    linear = features @ head.linear.weight.squeeze() + head.linear.bias
    inner = torch.stack([head.embedding.weight[y] @ p for y, p in zip(labels, pooled, strict=True)])
    torch.testing.assert_close(head(features, pooled, labels), linear + inner)


def test_both_weights_of_the_projection_head_are_spectrally_normalized():
    head = ProjectionHead(12, 3, class_count=5)
    for layer in (head.linear, head.embedding):
        for _ in range(50):
            weight = layer.weight
        norm = torch.linalg.matrix_norm(weight.detach(), ord=2)
        torch.testing.assert_close(norm, torch.tensor(1.0), rtol=1e-4, atol=0)
    plain = ProjectionHead(12, 3, class_count=5, spectral=False)
    assert not any("parametrizations" in name for name in plain.state_dict())
