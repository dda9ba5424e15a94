import pytest
import torch

from kizu.models.bigan import JointDiscriminator
from kizu.models.encoder import Encoder


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (28, 1), (32, 3)])
def test_shapes(size, channels):
    images = torch.randn(3, channels, size, size)
    encoder = Encoder(size, channels, latent_dim=6, width=4)
    discriminator = JointDiscriminator(size, channels, latent_dim=6, width=4, hidden=10)
    latent = encoder(images)
    assert latent.shape == (3, 6)
    assert discriminator.features(images, latent).shape == (3, 10)
    assert discriminator(images, latent).shape == (3,)


def test_logit_depends_on_image_and_latent():
    torch.manual_seed(0)
    discriminator = JointDiscriminator(16, 1, 6, width=4, hidden=10).eval()
    images, latent = torch.randn(2, 1, 16, 16), torch.randn(2, 6)
    logits = discriminator(images, latent)
    assert not torch.allclose(discriminator(images.flip(0), latent), logits)
    assert not torch.allclose(discriminator(images, latent.flip(0)), logits)


def test_training_discriminator_does_not_couple_a_batch_apart_from_dropout():
    torch.manual_seed(0)
    discriminator = JointDiscriminator(16, 1, 6, width=4, hidden=10, dropout=0.0).double().train()
    images, latent = torch.randn(4, 1, 16, 16).double(), torch.randn(4, 6).double()
    for _ in range(100):  # until the power iteration stands still
        together = discriminator(images, latent)
    torch.testing.assert_close(discriminator(images[:1], latent[:1]), together[:1])


def test_evaluation_is_a_pure_function():
    torch.manual_seed(0)
    encoder = Encoder(16, 1, 6, width=4).double()
    discriminator = JointDiscriminator(16, 1, 6, width=4, hidden=10).double().eval()
    images = torch.randn(4, 1, 16, 16, dtype=torch.float64)
    encoder(images)
    encoder.eval()
    latent = encoder(images)
    torch.testing.assert_close(encoder(images[:1]), latent[:1])
    torch.testing.assert_close(
        discriminator(images[:1], latent[:1]), discriminator(images, latent)[:1]
    )


@pytest.mark.parametrize("network", [Encoder, JointDiscriminator])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_size": 18}, r"image_size=18 must be a multiple of 4"),
        ({"channels": 0}, r"channels=0 must be at least 1"),
        ({"latent_dim": 0}, r"latent_dim=0 must be at least 1"),
    ],
)
def test_impossible_configurations_are_refused(network, changes, message):
    with pytest.raises(ValueError, match=message):
        network(**{"image_size": 16, "channels": 1, "latent_dim": 6, **changes})
