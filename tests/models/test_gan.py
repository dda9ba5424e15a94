import pytest
import torch

from kizu.models.gan import FAMILIES, build_gan
from kizu.models.sngan_cnn import SnganCnnDiscriminator, SnganCnnGenerator

# Every size that a family makes.
COMBINATIONS = [
    *(("dcgan", size) for size in (16, 28, 32, 64)),
    *(("sngan_cnn", size) for size in (16, 28, 32, 48, 64)),
    *(("sngan_resnet", size) for size in (16, 32, 48, 64, 96, 128)),
    *(("sagan", size) for size in (16, 32, 64, 128)),
    *(("biggan", size) for size in (16, 32, 64, 128)),
]


def small_gan(family, size, channels=1, class_count=0, **options):
    torch.manual_seed(0)
    width = 4 if size <= 32 else 1
    return build_gan(family, size, channels, class_count, 8, width, width, **options)


def some_labels(class_count, count=6):
    return torch.arange(count) % class_count if class_count else None


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("network", "parameters"),
    [(SnganCnnGenerator, 3_812_355), (SnganCnnDiscriminator, 2_935_873)],
)
def test_parameter_counts_are_the_published_ones(network, parameters):
    with torch.device("meta"):
        assert count(network(32, 3, weights="plain")) == parameters


@pytest.mark.parametrize(("family", "size"), COMBINATIONS)
@pytest.mark.parametrize(("channels", "class_count"), [(1, 0), (3, 5)])
def test_shapes_and_range(family, size, channels, class_count):
    generator, discriminator = small_gan(family, size, channels, class_count)
    labels = some_labels(class_count)
    images = generator(100 * torch.randn(6, 8), labels)
    assert images.shape == (6, channels, size, size)
    assert images.min() >= -1
    assert images.max() <= 1
    assert generator.latent_dim == 8
    assert generator.class_count == discriminator.class_count == class_count
    assert discriminator(images, labels).shape == (6,)
    features = discriminator.features(images)
    assert features.ndim == 2
    assert len(features) == 6


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("class_count", [0, 5])
def test_gradients_reach_every_parameter(family, class_count):
    generator, discriminator = small_gan(family, 16, class_count=class_count)
    labels = some_labels(class_count)
    discriminator(generator(torch.randn(6, 8), labels), labels).square().sum().backward()
    for module in (generator, discriminator):
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("class_count", [0, 5])
def test_evaluation_does_not_couple_a_batch(family, class_count):
    networks = small_gan(family, 16, class_count=class_count)
    generator, discriminator = (network.double() for network in networks)
    latent, labels = torch.randn(6, 8, dtype=torch.float64), some_labels(class_count)
    generator(latent, labels)  # leaves running statistics that are not the initial ones
    generator.eval()
    discriminator.eval()

    def run(rows):
        chosen = None if labels is None else labels[rows]
        images = generator(latent[rows], chosen)
        return images, discriminator(images, chosen), discriminator.features(images)

    alone, together = run(slice(0, 1)), run(slice(0, 6))
    for single, batch in zip(alone, together, strict=True):
        torch.testing.assert_close(single, batch[:1])


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_matter(family):
    generator, discriminator = small_gan(family, 16, class_count=5)
    generator.eval()
    discriminator.eval()
    for name, parameter in generator.named_parameters():
        if "gain" in name:
            torch.nn.init.normal_(parameter)
    latent = torch.randn(1, 8).expand(2, -1)
    images = generator(latent, torch.tensor([0, 1]))
    assert not torch.allclose(images[0], images[1])
    twice = images[:1].expand(2, -1, -1, -1)
    logits = discriminator(twice, torch.tensor([0, 1]))
    assert not torch.allclose(logits[0], logits[1])


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_depend_on_the_seed_alone(family):
    states = [
        {
            f"{index}.{key}": value
            for index, network in enumerate(small_gan(family, 16, 1, 5))
            for key, value in network.state_dict().items()
        }
        for _ in range(2)
    ]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


@pytest.mark.parametrize("family", ["sngan_cnn", "sngan_resnet"])
def test_every_weight_of_a_spectral_discriminator_is_normalized(family):
    _, discriminator = small_gan(family, 32, 3, 5)
    for name, _ in discriminator.named_parameters():
        assert name.endswith(("bias", "parametrizations.weight.original")), name


def test_widths_default_to_the_papers():
    with torch.device("meta"):
        generator, discriminator = build_gan(
            "sngan_resnet", 32, 3, discriminator_options={"weights": "plain"}
        )
    assert (count(generator), count(discriminator)) == (4_276_739, 1_053_824)


@pytest.mark.parametrize("family", ["dcgan", "sngan_cnn"])
@pytest.mark.parametrize("normalization", ["batch", "pixel", "none"])
@pytest.mark.parametrize("upsampling", ["transposed", "nearest", "bilinear"])
@pytest.mark.parametrize(("weights", "class_count"), [("equalized", 3), ("spectral", 0)])
def test_techniques_of_progressive_growing(family, normalization, upsampling, weights, class_count):
    generator, discriminator = small_gan(
        family,
        16,
        class_count=class_count,
        generator_options={
            "normalization": normalization,
            "upsampling": upsampling,
            "weights": weights,
        },
        discriminator_options={
            "weights": weights,
            "normalization": "none",
            "minibatch": "deviation",
        },
    )
    labels = some_labels(class_count)
    images = generator(torch.randn(6, 8), labels)
    assert images.shape == (6, 1, 16, 16)
    discriminator(images, labels).square().sum().backward()
    for network in (generator, discriminator):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
    assert generator.has_batch_statistics == (normalization == "batch")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_gradient_penalty_can_be_taken_of_every_discriminator(family):
    _, discriminator = small_gan(
        family,
        16,
        discriminator_options={"quantization": {"blocks": ["block2"], "codes": 4}},
    )
    images = torch.randn(3, 1, 16, 16, requires_grad=True)
    (gradient,) = torch.autograd.grad(discriminator(images).sum(), images, create_graph=True)
    gradient.square().sum().backward()
    weight = next(weight for weight in discriminator.parameters() if weight.ndim == 4)
    assert weight.grad.isfinite().all()
    assert weight.grad.any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("stylegan", 32, 3),
            r"family='stylegan' .* dcgan, sngan_cnn, sngan_resnet, sagan, biggan",
        ),
        (("dcgan", 48, 3), r"image_size=48 .* 16, 28, 32, 64"),
        (("sngan_cnn", 56, 3), r"image_size=56 .* 16, 28, 32, 48, 64"),
        (("sngan_resnet", 56, 3), r"image_size=56 .* 16, 32, 48, 64, 96, 128"),
        (("dcgan", 32, 0), r"channels=0 must be at least 1"),
        (("dcgan", 32, 3, 0, 0), r"latent_dim=0 must be at least 1"),
        (("sngan_cnn", 32, 3, 0, 8, 0), r"width=0 must be at least 1"),
        (("sngan_cnn", 32, 3, -1), r"class_count=-1 must be at least 0"),
        (("sagan", 48, 3), r"image_size=48 .* 16, 32, 64, 128"),
        (("biggan", 48, 3), r"image_size=48 .* 16, 32, 64, 128"),
        (
            ("dcgan", 16, 3, 0, 8, 4, 4, {"activation": "post"}),
            r"generator_options='activation' .* normalization, weights, upsampling",
        ),
        (
            ("sagan", 16, 3, 0, 8, 4, 4, {"attention_sizes": [6]}),
            r"attention_sizes contain 6; choose from: 8, 16",
        ),
    ],
)
def test_impossible_configurations_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_gan(*arguments)


@pytest.mark.parametrize(
    ("family", "for_generator", "for_discriminator", "message"),
    [
        ("biggan", {"hierarchical": "no"}, {}, r"generator_options.hierarchical='no' .* bool"),
        ("biggan", {"embedding_dim": True}, {}, r"embedding_dim=True must be of type int"),
        ("sagan", {"attention_sizes": 8}, {}, r"attention_sizes=8 .* Sequence\[int\] \| None"),
        ("sagan", {}, {"attention_sizes": ["8"]}, r"discriminator_options.attention_sizes=\['8'\]"),
        ("sngan_resnet", {}, {"strided_stem": 1}, r"strided_stem=1 must be of type bool"),
        ("dcgan", {"weights": ["plain"]}, {}, r"generator_options.weights=\['plain'\] must be"),
        ("dcgan", {}, {"quantization": "all"}, r"discriminator_options.quantization='all'"),
        (
            "dcgan",
            {},
            {"quantization": {"blocks": "block1"}},
            r"quantization.blocks='block1' must be of type Sequence\[str\]",
        ),
        (
            "dcgan",
            {},
            {"quantization": {"blocks": ["block1"], "codes": "8"}},
            r"quantization.codes='8' must be of type int",
        ),
    ],
)
def test_options_of_another_type_are_refused(family, for_generator, for_discriminator, message):
    with pytest.raises(ValueError, match=message):
        small_gan(
            family,
            16,
            generator_options=for_generator,
            discriminator_options=for_discriminator,
        )


def test_numbers_from_a_file_are_taken_as_they_are():
    _, discriminator = small_gan(
        "sngan_cnn",
        16,
        discriminator_options={
            "quantization": {"blocks": ["block1"], "codes": 4, "commitment_weight": 1, "decay": 0}
        },
    )
    assert discriminator.quantizers["block1"].commitment_weight == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_and_conditioning_must_agree(family):
    conditional, judge = small_gan(family, 16, class_count=5)
    unconditional, plain_judge = small_gan(family, 16)
    images, latent, labels = torch.zeros(2, 1, 16, 16), torch.zeros(2, 8), torch.zeros(2).long()
    for network, argument in ((conditional, latent), (judge, images)):
        with pytest.raises(ValueError, match="labels=None"):
            network(argument, None)
    for network, argument in ((unconditional, latent), (plain_judge, images)):
        with pytest.raises(ValueError, match="class_count=0"):
            network(argument, labels)
