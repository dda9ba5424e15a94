import pytest
import torch

from kizu.models.attention import SelfAttention2d, attention_maps
from kizu.models.sagan import ATTENTION_SIZES, SaganDiscriminator, SaganGenerator


def attention_of(network):
    return [module for module in network.modules() if isinstance(module, SelfAttention2d)]


@pytest.mark.parametrize("size", ATTENTION_SIZES)
def test_attention_is_where_it_should_be_in_both_networks(size):
    """At 128x128 the paper's: 32x32, on 4 times the base width in one, twice in the other."""
    generator, discriminator = (
        SaganGenerator(size, 3, width=4),
        SaganDiscriminator(size, 3, width=4),
    )
    (expected,) = ATTENTION_SIZES[size]
    assert list(generator.attention) == [str(expected)]
    assert f"attention{expected}" in discriminator.blocks
    if size == 128:
        assert generator.attention["32"].query.in_channels == 16
        assert discriminator.blocks["attention32"].query.in_channels == 8
        names = list(discriminator.blocks)
        assert names[:3] == ["block1", "block2", "attention32"]


def test_every_weight_but_gains_and_shifts_is_spectrally_normalized():
    networks = SaganGenerator(16, 1, 3, 8, 4), SaganDiscriminator(16, 1, 3, 4)
    for network in networks:
        for name, _ in network.named_parameters():
            expected = ("bias", "gamma", "gain.weight", "shift.weight", "norm.weight", "original")
            assert name.endswith(expected), name


def test_gamma_starts_at_zero():
    for network in (SaganGenerator(16, 1, 3, 8, 4), SaganDiscriminator(16, 1, 3, 4)):
        assert [layer.gamma.item() for layer in attention_of(network)] == [0.0]


def test_attention_changes_images_once_gamma_is_learned():
    torch.manual_seed(0)
    generator = SaganGenerator(16, 1, 0, 8, 4).eval()
    latent = torch.randn(2, 8)
    before = generator(latent)
    torch.nn.init.constant_(attention_of(generator)[0].gamma, 3.0)
    assert not torch.allclose(generator(latent), before)


def test_attention_maps_can_be_shown():
    torch.manual_seed(0)
    generator = SaganGenerator(16, 1, 3, 8, 4).eval()
    maps = attention_maps(generator, torch.randn(2, 8), torch.tensor([0, 2]))
    assert {name: tuple(found.shape) for name, found in maps.items()} == {
        "attention.8": (2, 8, 8, 4, 4)
    }
    discriminator = SaganDiscriminator(32, 1, 3, 4, attention_sizes=[16, 8]).eval()
    maps = attention_maps(discriminator, torch.randn(2, 1, 32, 32), torch.tensor([0, 2]))
    assert {name: tuple(found.shape) for name, found in maps.items()} == {
        "blocks.attention16": (2, 16, 16, 8, 8),
        "blocks.attention8": (2, 8, 8, 4, 4),
    }


def test_hidden_channels_of_the_discriminator_are_the_blocks_output():
    discriminator = SaganDiscriminator(64, 3, width=4)
    assert discriminator.blocks["block2"].conv1.out_channels == 8


@pytest.mark.parametrize(
    ("network", "size", "message"),
    [
        (SaganGenerator, 24, r"attention_sizes contain 24; choose from: 8, 16, 32"),
        (SaganDiscriminator, 24, r"attention_sizes contain 24; choose from: 8, 16"),
        (SaganGenerator, 4, r"attention_sizes contain 4; choose from: 8, 16, 32"),
        (SaganDiscriminator, 32, r"attention_sizes contain 32; choose from: 8, 16"),
    ],
)
def test_attention_at_a_size_that_does_not_exist_is_refused(network, size, message):
    with pytest.raises(ValueError, match=message):
        network(32, 3, attention_sizes=[size])
