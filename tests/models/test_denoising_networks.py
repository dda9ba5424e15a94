"""The two denoising networks, and what they are told."""

import math

import pytest
import torch
import torch.nn.functional as F

from kizu.models.dit import DiffusionTransformer, grid_positions
from kizu.models.serialization import pack, unpack
from kizu.models.time_embedding import ConditionEmbedding, sinusoidal_embedding
from kizu.models.unet import GroupNorm, ResidualBlock, UNet, level_sizes


def unet(class_count=0, **changes):
    arguments = {
        "width": 8,
        "multipliers": (1, 2),
        "blocks_per_level": 1,
        "attention_sizes": (4,),
        "head_width": 4,
        "groups": 4,
    }
    torch.manual_seed(0)
    return UNet(8, 3, class_count, **arguments | changes)


def dit(class_count=0, **changes):
    torch.manual_seed(0)
    arguments = {"patch_size": 2, "width": 16, "depth": 2, "heads": 4}
    return DiffusionTransformer(8, 3, class_count, **arguments | changes)


def patched_unet(class_count=0):
    return unet(class_count, patch_size=2)


NETWORKS = {"unet": unet, "unet of patches": patched_unet, "dit": dit}


def awake(network):
    """Give layers that start at zero something to say."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.05 * torch.randn(parameter.shape, generator=generator)
    return network


def inputs(count=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(count, 3, 8, 8, generator=generator)
    return images, torch.linspace(0, 1000, count)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("class_count", [0, 5])
def test_every_parameter_learns(name, class_count):
    network = awake(NETWORKS[name](class_count))
    images, times = inputs(6)
    labels = torch.arange(6) if class_count else None  # 5 stands for none
    output = network(images, times, labels)
    assert output.shape == images.shape
    output.square().sum().backward()
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.abs().sum() > 0, key


@pytest.mark.parametrize("name", NETWORKS)
def test_a_fresh_network_predicts_nothing(name):
    images, times = inputs()
    assert torch.equal(NETWORKS[name]()(images, times), torch.zeros_like(images))


@pytest.mark.parametrize("name", NETWORKS)
def test_time_and_class_matter_and_a_batch_is_not_coupled(name):
    network = awake(NETWORKS[name](5)).eval()
    images, times = inputs()
    labels = torch.tensor([0, 1, 5])
    output = network(images, times, labels)
    torch.testing.assert_close(network(images[1:2], times[1:2], labels[1:2]), output[1:2])
    assert (network(images, times + 40, labels) - output).abs().amax((1, 2, 3)).min() > 1e-4
    assert (network(images, times, labels.flip(0)) - output)[0].abs().max() > 1e-4


@pytest.mark.parametrize("name", NETWORKS)
def test_memory_format_and_precision_change_nothing_but_rounding(name):
    network = awake(NETWORKS[name]()).eval()
    images, times = inputs()
    output = network(images, times)
    last = network.to(memory_format=torch.channels_last)
    other = images.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(last(other, times), output, rtol=1e-4, atol=1e-4)
    with torch.autocast("cpu", torch.bfloat16):
        low = network(images, times)
    torch.testing.assert_close(low.float(), output, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_survive_packing(name):
    network = awake(NETWORKS[name](2)).eval()
    again = unpack(pack(network=network), "network", UNet, DiffusionTransformer)
    images, times = inputs()
    labels = torch.tensor([0, 1, 2])
    assert torch.equal(again(images, times, labels), network(images, times, labels))


def test_the_unet_has_as_many_parameters_as_diffusers():
    """UNet2DModel with blocks of 32, 64 and 128, one layer each, attention in the second."""
    network = UNet(32, 3, width=32, multipliers=(1, 2, 4), blocks_per_level=1)
    assert sum(parameter.numel() for parameter in network.parameters()) == 2_587_491


def test_a_residual_block_is_what_it_says():
    block = awake(ResidualBlock(8, 12, groups=4, dropout=0.0)).double()
    images = torch.randn(2, 8, 5, 5).double()
    shift = torch.randn(2, 12).double()

    def normalized(values, norm):
        grouped = values.view(2, 4, -1)
        deviation = grouped.var(2, correction=0, keepdim=True).add(norm.eps).sqrt()
        flat = ((grouped - grouped.mean(2, keepdim=True)) / deviation).view_as(values)
        return flat * norm.weight[:, None, None] + norm.bias[:, None, None]

    hidden = F.silu(normalized(images, block.norm1))
    hidden = block.conv1(hidden) + shift[:, :, None, None]
    hidden = block.conv2(F.silu(normalized(hidden, block.norm2)))
    # The norms work in float32.
    expected = hidden + block.shortcut(images)
    torch.testing.assert_close(block.float()(images.float(), shift.float()), expected.float())


@pytest.mark.parametrize("groups", [1, 4, 12])
@pytest.mark.parametrize("shape", [(3, 12, 5, 7), (2, 12, 2, 1)])
def test_group_norm_without_gradients_is_torchs(groups, shape):
    norm = GroupNorm(groups, 12)
    with torch.no_grad():
        norm.weight.normal_()
        norm.bias.normal_()
    images = (torch.randn(shape) * 3 + 2).contiguous(memory_format=torch.channels_last)
    expected = F.group_norm(images.double(), groups, norm.weight.double(), norm.bias.double())
    with torch.no_grad():
        normalized = norm(images)
    torch.testing.assert_close(normalized.double(), expected, rtol=1e-4, atol=1e-4)
    assert normalized.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(norm(images), normalized, rtol=1e-4, atol=1e-4)


def test_each_block_gets_its_own_shift():
    """The shifts come from one product; a mix-up would move another block."""
    network = awake(unet()).eval()
    seen = []
    for module in network.modules():
        if isinstance(module, ResidualBlock):
            module.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[1]))
    images, times = inputs()
    network(images, times)
    expected = network.shifts(F.silu(network.condition(times)))
    assert [shift.shape[1] for shift in seen] == [8, 16, 16, 16, 16, 16, 8, 8]
    torch.testing.assert_close(torch.cat(seen, 1), expected)


def test_attention_is_where_it_was_asked_for():
    def sizes(network):
        return [
            stage.attention is not None
            for stage in network.modules()
            if hasattr(stage, "attention") and hasattr(stage, "block")
        ]

    # Down at 8 and 4, the middle twice, up at 4 and 8 twice each.
    assert sizes(unet()) == [False, True, True, False, True, True, False, False]
    assert sizes(unet(attention_sizes=())) == [
        False,
        False,
        True,
        False,
        False,
        False,
        False,
        False,
    ]


def test_the_transformer_puts_patches_back_where_they_came_from():
    network = dit()
    with torch.no_grad():
        network.head.weight.normal_()
        network.head.bias.copy_(torch.arange(12.0))
    images, times = inputs()
    whole = network(images, times)
    tokens = network.patches(images) + network.positions
    pixels = network.head(F.layer_norm(tokens, (16,), eps=1e-6))  # blocks start as the identity
    # Token 6 is row 1, column 2 of a 4 by 4 grid; its pixels are channel, row, column.
    expected = pixels[:, 6].view(3, 3, 2, 2)
    torch.testing.assert_close(whole[:, :, 2:4, 4:6], expected)


def test_positions_tell_all_patches_apart():
    positions = grid_positions(4, 16)
    distances = torch.cdist(positions, positions) + 10 * torch.eye(16)
    assert distances.min() > 0.1


def test_the_time_embedding_against_the_formula():
    embedding = sinusoidal_embedding(torch.tensor([0.0, 2.5]), 6)
    rates = [1.0, 10_000 ** (-1 / 3), 10_000 ** (-2 / 3)]
    expected = [math.cos(2.5 * r) for r in rates] + [math.sin(2.5 * r) for r in rates]
    torch.testing.assert_close(embedding[1], torch.tensor(expected))
    assert torch.equal(embedding[0], torch.tensor([1.0, 1, 1, 0, 0, 0]))


def test_level_sizes_halve():
    assert level_sizes(28, 1, 3) == [28, 14, 7]
    assert level_sizes(28, 2, 2) == [14, 7]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: unet(attention_sizes=(5,)), r"attention_sizes=\[5\] has 5.*choose from: 8, 4"),
        (
            lambda: unet(multipliers=[1] * 5),
            "downsampling=16 does not divide image_size / patch_size=8",
        ),
        (lambda: unet(patch_size=3), "patch_size=3 does not divide image_size=8"),
        (lambda: unet(multipliers=()), "levels=0 must be at least 1"),
        (lambda: unet(multipliers=(1, 0)), r"multipliers\[1\]=0 must be at least 1"),
        (lambda: unet(groups=3), "groups=3 does not divide width=8"),
        (lambda: unet(head_width=5), "head_width=5 does not divide"),
        (lambda: unet(blocks_per_level=0), "blocks_per_level=0 must be at least 1"),
        (lambda: dit(patch_size=3), "patch_size=3 does not divide image_size=8"),
        (lambda: dit(heads=5), "heads=5 does not divide width=16"),
        (lambda: dit(width=18, heads=2), "width=18 must be a multiple of 4"),
        (lambda: dit(mlp_ratio=0.01), r"mlp_ratio=0\.01 must give width=16"),
        (lambda: dit(depth=0), "depth=0 must be at least 1"),
        (lambda: ConditionEmbedding(3, 8), "frequencies=3 must be even"),
        (lambda: unet(5)(*inputs()), "labels=None, but the network has"),
        (lambda: dit()(*inputs(), torch.zeros(3)), "labels were given"),
    ],
)
def test_impossible_configurations_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
