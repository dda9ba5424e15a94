from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from kizu.models.blocks import DiscriminatorBlock, GeneratorBlock
from kizu.models.normalization import feature_norm


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


def generator_block(in_channels: int, out_channels: int, class_count: int = 0, **options):
    norm = partial(feature_norm, "batch", class_count=class_count)
    return GeneratorBlock(in_channels, out_channels, norm=norm, **options)


def bilinear(images: Tensor) -> Tensor:
    return F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


@pytest.mark.parametrize("class_count", [0, 3])
@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize(("upsampling", "enlarge"), [("nearest", repeat), ("bilinear", bilinear)])
def test_generator_block_against_the_paper(class_count, size, upsampling, enlarge):
    block = randomize(generator_block(6, 4, class_count, upsampling=upsampling))
    images = torch.randn(3, 6, size, size, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 2, 2]) if class_count else None
    hidden = F.relu(block.norm1(images, labels))
    hidden = conv(enlarge(hidden), block.conv1)
    hidden = conv(F.relu(block.norm2(hidden, labels)), block.conv2)
    expected = hidden + conv(enlarge(images), block.shortcut)
    check_equal(block, images, block(images, labels), expected)


@pytest.mark.parametrize("class_count", [0, 3])
def test_post_activated_generator_block(class_count):
    block = randomize(generator_block(6, 4, class_count, activation="post"))
    images = torch.randn(3, 6, 4, 4, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 2, 2]) if class_count else None
    hidden = F.relu(block.norm1(conv(repeat(images), block.conv1), labels))
    hidden = block.norm2(conv(hidden, block.conv2), labels)
    expected = F.relu(hidden + conv(repeat(images), block.shortcut))
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


def first_block(in_channels: int, out_channels: int) -> DiscriminatorBlock:
    return DiscriminatorBlock(
        in_channels, out_channels, downsample=True, hidden_channels=out_channels, first=True
    )


def test_first_discriminator_block_against_the_paper():
    block = randomize(first_block(3, 5))
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    hidden = average(conv(torch.relu(conv(images, block.conv1)), block.conv2))
    expected = hidden + conv(average(images), block.shortcut)
    check_equal(block, images, block(images), expected)


@pytest.mark.parametrize("halves", [False, True])
def test_strided_block_averages_after_its_first_convolution(halves):
    options = {"downsample": halves, "hidden_channels": 5, "first": True, "strided": True}
    block = randomize(DiscriminatorBlock(3, 5, **options))
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    hidden = conv(torch.relu(average(conv(images, block.conv1))), block.conv2)
    expected = hidden + conv(average(images), block.shortcut)
    check_equal(block, images, block(images), average(expected) if halves else expected)


@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_post_activated_discriminator_block(halves, first):
    options = {"downsample": halves, "first": first, "activation": "post"}
    block = randomize(DiscriminatorBlock(6, 4, **options))
    images = torch.randn(3, 6, 8, 8, dtype=torch.float64, requires_grad=True)
    total = conv(torch.relu(conv(images, block.conv1)), block.conv2) + conv(images, block.shortcut)
    expected = torch.relu(average(total) if halves else total)
    check_equal(block, images, block(images), expected)


@pytest.mark.parametrize(("hidden", "expected"), [(None, 6), (4, 4)])
def test_hidden_width_of_the_discriminator_is_its_input_unless_told(hidden, expected):
    block = DiscriminatorBlock(6, 4, downsample=True, hidden_channels=hidden)
    assert block.conv1.weight.shape == (expected, 6, 3, 3)
    assert block.conv2.weight.shape == (4, expected, 3, 3)


@pytest.mark.parametrize(
    "block",
    [
        generator_block(3, 3),
        generator_block(3, 3, activation="post"),
        DiscriminatorBlock(3, 3, downsample=False),
        DiscriminatorBlock(3, 5, downsample=True),
        first_block(3, 5),
        DiscriminatorBlock(3, 3, downsample=False, activation="post"),
    ],
    ids=["generator", "post generator", "identity shortcut", "downsampling", "first", "post"],
)
@pytest.mark.parametrize("training", [True, False])
def test_no_block_changes_its_input(block, training):
    """An in-place ReLU would hand the shortcut rectified values."""
    images = torch.randn(4, 3, 8, 8)
    before = images.clone()
    block.train(training)(images)
    assert torch.equal(images, before)


@pytest.mark.parametrize("option", ["activation", "upsampling"])
def test_unknown_options_are_refused(option):
    with pytest.raises(ValueError, match=rf"{option}='linear' is not supported; choose one of"):
        generator_block(3, 3, **{option: "linear"})
