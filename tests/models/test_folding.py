import pytest
import torch
from torch import nn

from kizu.models.folding import folded
from kizu.models.gan import build_gan
from kizu.models.normalization import ConditionalNorm2d
from kizu.models.subpixel import SubpixelConvolution, UnshuffledConvolution


def trained(family: str, class_count: int = 0, **options):
    """A GAN in double precision whose statistics, gains and shifts are not the initial ones."""
    torch.manual_seed(0)
    generator, discriminator = build_gan(
        family, 32, 3, class_count, 6, 8, 8, options.get("generator"), options.get("discriminator")
    )
    generator.double()
    discriminator.double()
    for layer in (*generator.modules(), *discriminator.modules()):
        if isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    labels = torch.arange(8) % class_count if class_count else None
    for _ in range(3):
        latents = torch.randn(8, 6, dtype=torch.float64)
        discriminator(generator(latents, labels), labels)
    return generator, discriminator


@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("dcgan", {}),
        ("dcgan", {"generator": {"upsampling": "nearest"}}),
        ("dcgan", {"generator": {"weights": "spectral"}, "discriminator": {"weights": "spectral"}}),
        ("dcgan", {"generator": {"normalization": "pixel"}}),
        ("sngan_cnn", {"discriminator": {"normalization": "batch"}}),
        ("sngan_resnet", {}),
    ],
)
def test_a_folded_network_computes_the_same(family, options):
    generator, discriminator = trained(family, **options)
    generator.eval()
    discriminator.eval()
    latents = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    outputs = []
    for made, judge in ((generator, discriminator), (folded(generator), folded(discriminator))):
        images = made(latents)
        features = judge.features(images)
        (gradient,) = torch.autograd.grad(features.square().sum(), latents)
        outputs.append((images, features, judge(images), gradient))
    for found, expected in zip(outputs[1], outputs[0], strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


def test_what_is_folded_away():
    generator, discriminator = (folded(network) for network in trained("dcgan"))
    layers = [*generator.modules(), *discriminator.modules()]
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in layers)
    assert isinstance(generator.to_image, SubpixelConvolution)
    assert isinstance(discriminator.blocks["block1"][0], UnshuffledConvolution)
    # Maps of many channels are left to the convolutions that there are.
    assert sum(isinstance(layer, nn.ConvTranspose2d) for layer in layers) == 2
    assert not any(weight.requires_grad for layer in layers for weight in layer.parameters())


def test_conditional_norms_stay_and_compute_the_same():
    generator, _ = trained("dcgan", class_count=3)
    copy = folded(generator)
    assert sum(isinstance(layer, ConditionalNorm2d) for layer in copy.modules()) == 3
    latents, labels = torch.randn(3, 6, dtype=torch.float64), torch.arange(3)
    torch.testing.assert_close(
        copy(latents, labels), generator.eval()(latents, labels), rtol=1e-12, atol=1e-12
    )


def test_the_network_itself_stays_as_it_is():
    network, _ = trained("dcgan", generator={"weights": "spectral"})
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    copy = folded(network)
    assert not copy.training
    assert network.training
    assert all(weight.requires_grad for weight in network.parameters())
    after = network.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
