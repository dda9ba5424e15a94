"""Networks of vectors and of spectrograms over time."""

import pytest
import torch

from kizu.models.dense_autoencoder import DenseAutoencoder
from kizu.models.dense_bigan import DenseEncoder, DenseGenerator, DenseJointDiscriminator
from kizu.models.serialization import pack, unpack
from kizu.models.temporal_autoencoder import TemporalAutoencoder


def test_dense_autoencoder_passes_its_bottleneck():
    network = DenseAutoencoder(7, [16, 8], 2).eval()
    vectors = torch.randn(5, 7)
    assert network(vectors).shape == (5, 7)
    widths = [layer.out_features for layer in network.layers if hasattr(layer, "out_features")]
    assert widths == [16, 8, 2, 8, 16, 7]


@pytest.mark.parametrize("frames", [1, 3, 8, 63])
def test_temporal_autoencoder_keeps_any_length(frames):
    network = TemporalAutoencoder(4, 6, 2).eval()
    assert network(torch.randn(2, 4, frames)).shape == (2, 4, frames)


def test_bidirectional_networks_fit_together():
    generator, encoder = DenseGenerator(7, 3, 8), DenseEncoder(7, 3, 8)
    discriminator = DenseJointDiscriminator(7, 3, 8).eval()
    vectors = generator(torch.randn(5, 3))
    assert vectors.shape == (5, 7)
    latent = encoder(vectors)
    assert latent.shape == (5, 3)
    assert discriminator(vectors, latent).shape == (5,)
    assert discriminator.features(vectors, latent).shape == (5, 8)


@pytest.mark.parametrize(
    "network",
    [
        DenseAutoencoder(7, [16, 8], 2),
        TemporalAutoencoder(4, 6, 2),
        DenseGenerator(7, 3, 8),
        DenseEncoder(7, 3, 8),
        DenseJointDiscriminator(7, 3, 8, dropout=0.1),
    ],
    ids=lambda network: type(network).__name__,
)
def test_networks_survive_storage(network):
    again = unpack(pack(network=network), "network", type(network))
    assert again.config == network.config
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: DenseAutoencoder(7, [], 2), "widths must name at least one hidden layer"),
        (lambda: DenseAutoencoder(7, [8, 0], 2), "narrowest_width=0 must be at least 1"),
        (lambda: TemporalAutoencoder(4, 0, 2), "width=0 must be at least 1"),
        (lambda: DenseGenerator(7, 0, 8), "latent_dim=0 must be at least 1"),
    ],
)
def test_wrong_sizes(build, message):
    with pytest.raises(ValueError, match=message):
        build()
