import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from kizu.models.sngan_resnet import PLANS, SnganResnetDiscriminator, SnganResnetGenerator


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("network", "arguments", "parameters"),
    [
        (SnganResnetGenerator, {"image_size": 32}, 4_276_739),
        (SnganResnetDiscriminator, {"image_size": 32}, 1_053_824),
        (SnganResnetDiscriminator, {"image_size": 32, "head_bias": True}, 1_053_825),
        (SnganResnetGenerator, {"image_size": 48}, 4_878_083),
        (SnganResnetDiscriminator, {"image_size": 48}, 10_141_441),
        (SnganResnetGenerator, {"image_size": 128}, 32_150_787),
        (SnganResnetDiscriminator, {"image_size": 128}, 29_017_857),
    ],
)
def test_parameter_counts_are_the_published_ones(network, arguments, parameters):
    # Spectral normalization adds no parameter, and takes its time to build.
    with torch.device("meta"):
        assert count(network(channels=3, weights="plain", **arguments)) == parameters


@pytest.mark.parametrize("size", PLANS)
def test_plans_fit_their_sizes(size):
    plan = PLANS[size]
    assert plan.doubled_sizes[-1] == size
    assert len(plan.discriminator) == len(plan.downsampling)


def test_images_of_96_start_from_3_by_3_with_1024_channels():
    with torch.device("meta"):
        generator = SnganResnetGenerator(96, 3)
        latent = torch.randn(1, 128)
        hidden = generator.linear(latent).view(1, -1, generator.bottom, generator.bottom)
        assert hidden.shape == (1, 1024, 3, 3)
        assert generator.eval()(latent).shape == (1, 3, 96, 96)


def operations(discriminator, images):
    counter = FlopCounterMode(display=False)
    with counter:
        discriminator(images)
    return counter.get_total_flops()


def test_a_strided_stem_saves_three_quarters_of_the_operations():
    with torch.device("meta"):
        images = torch.randn(1, 3, 96, 96)
        plain, strided = (
            SnganResnetDiscriminator(96, 3, weights="plain", strided_stem=stem)
            for stem in (False, True)
        )
        assert strided(images).shape == (1,)
        ratio = operations(strided, images) / operations(plain, images)
    assert 0.2 < ratio <= 0.25
    assert list(strided.blocks) == list(plain.blocks)
    assert count(strided) == count(plain)


@pytest.mark.parametrize("class_count", [0, 3])
@pytest.mark.parametrize("size", [16, 32])
@pytest.mark.parametrize("options", [{}, {"strided_stem": True}])
def test_post_activated_networks_learn(class_count, size, options):
    torch.manual_seed(0)
    generator = SnganResnetGenerator(size, 1, class_count, 8, 4, activation="post")
    discriminator = SnganResnetDiscriminator(size, 1, class_count, 4, activation="post", **options)
    labels = torch.tensor([0, 2, 1, 0]) if class_count else None
    discriminator(generator(torch.randn(4, 8), labels), labels).square().sum().backward()
    for network in (generator, discriminator):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name


def test_post_activated_features_are_rectified_already():
    torch.manual_seed(0)
    discriminator = SnganResnetDiscriminator(16, 1, width=4, activation="post").eval()
    hidden = images = torch.randn(2, 1, 16, 16)
    for block in discriminator.blocks.values():
        hidden = block(hidden)
        assert (hidden >= 0).all()
    torch.testing.assert_close(discriminator.features(images), hidden.sum(dim=(2, 3)))


@pytest.mark.parametrize("weights", ["plain", "equalized"])
def test_other_kinds_of_weights(weights):
    generator = SnganResnetGenerator(16, 1, 0, 8, 4, weights=weights)
    discriminator = SnganResnetDiscriminator(16, 1, 0, 4, weights=weights)
    for network in (generator, discriminator):
        names = [name for name, _ in network.named_parameters() if "original" in name]
        assert bool(names) == (weights == "equalized")
    assert discriminator(generator(torch.randn(2, 8))).shape == (2,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "mid"}, r"activation='mid' .* pre, post"),
        ({"upsampling": "transposed"}, r"upsampling='transposed' .* nearest, bilinear"),
        ({"weights": "weight"}, r"weights='weight' .* plain, spectral, equalized"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SnganResnetGenerator(16, 1, 0, 8, 4, **options)
