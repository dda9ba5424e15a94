import copy

import pytest
import torch

from kizu.models.discriminator import Verdict
from kizu.models.gan import FAMILIES, build_gan

EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES)
QUANTIZATION = {"blocks": ["block1", "block2"], "codes": 8}


def discriminator_of(family, class_count=0, size=16, **options):
    torch.manual_seed(0)
    _, network = build_gan(family, size, 1, class_count, 8, 4, 4, discriminator_options=options)
    return network


def some_images(count=4, size=16):
    return torch.randn(count, 1, size, size, generator=torch.Generator().manual_seed(1))


@EVERY_FAMILY
def test_a_pass_runs_the_named_blocks_in_order(family):
    network = discriminator_of(family).eval()
    numbered = [name for name in network.blocks if name.startswith("block")]
    assert numbered == [f"block{number}" for number in range(1, len(numbered) + 1)]
    hidden = images = some_images()
    for block in network.blocks.values():
        hidden = block(hidden)
    if network.flattened:
        features, pooled = hidden.flatten(1), hidden.sum(dim=(2, 3))
    else:
        features = pooled = torch.relu(hidden).sum(dim=(2, 3))
    torch.testing.assert_close(network.features(images), features)
    torch.testing.assert_close(network(images), network.head(features, pooled))


@EVERY_FAMILY
def test_a_plain_verdict_is_the_logits_alone(family):
    network = discriminator_of(family).eval()
    verdict = network.judge(some_images())
    assert verdict == Verdict(verdict.logits, None, None, {})
    torch.testing.assert_close(network(some_images()), verdict.logits)


@EVERY_FAMILY
@pytest.mark.parametrize("mode", ["replace", "commitment"])
@pytest.mark.parametrize("dictionary", ["average", "gradient"])
def test_quantizers_after_any_block_of_any_architecture(family, mode, dictionary):
    plain = discriminator_of(family)
    names = list(plain.blocks)
    quantization = {"blocks": names, "codes": 8, "mode": mode, "dictionary": dictionary}
    network = discriminator_of(family, quantization=quantization)
    verdict = network.judge(some_images(), update_codebooks=True)
    assert list(verdict.codebooks) == list(network.quantizers) == names
    assert all(use.perplexity >= 0.999 for use in verdict.codebooks.values())
    (verdict.logits.sum() + verdict.quantization_loss).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


@EVERY_FAMILY
def test_quantizers_leave_the_other_weights_as_they_were(family):
    plain = discriminator_of(family).state_dict()
    quantized = discriminator_of(family, quantization=QUANTIZATION).state_dict()
    assert all(torch.equal(quantized[key], value) for key, value in plain.items())


def test_quantized_features_are_what_the_next_block_reads():
    network = discriminator_of("sngan_cnn", quantization={"blocks": ["block2"], "codes": 8}).eval()
    images = some_images()
    hidden = network.blocks["block2"](network.blocks["block1"](images))
    quantized = network.quantizers["block2"](hidden)
    hidden = quantized.features
    for name in ("block3", "block4"):
        hidden = network.blocks[name](hidden)
    torch.testing.assert_close(network.features(images), hidden.flatten(1))
    verdict = network.judge(images)
    torch.testing.assert_close(verdict.quantization_loss, quantized.loss)
    torch.testing.assert_close(verdict.codebooks["block2"], quantized.use)


def test_losses_of_several_quantizers_add_up():
    network = discriminator_of("sngan_cnn", quantization=QUANTIZATION).eval()
    images = some_images()
    first = network.quantizers["block1"](network.blocks["block1"](images))
    second = network.quantizers["block2"](network.blocks["block2"](first.features))
    expected = first.loss + second.loss
    torch.testing.assert_close(network.judge(images).quantization_loss, expected)


def codebooks(network):
    return {key: value for key, value in network.state_dict().items() if "quantizers" in key}


def test_codebooks_move_in_the_discriminators_own_pass_alone():
    network = discriminator_of("sngan_cnn", quantization=QUANTIZATION).train()
    images = some_images()
    before = copy.deepcopy(codebooks(network))
    network(images)
    network.features(images)
    network.judge(images)
    network.requires_grad_(False)
    network.judge(images.clone().requires_grad_()).logits.sum().backward()
    network.requires_grad_(True)
    network.eval().judge(images, update_codebooks=True)
    assert all(torch.equal(value, before[key]) for key, value in codebooks(network).items())
    network.train().judge(images, update_codebooks=True)
    assert not any(torch.equal(value, before[key]) for key, value in codebooks(network).items())


@EVERY_FAMILY
def test_auxiliary_classifier_beside_a_logit_without_class(family):
    network = discriminator_of(family, class_count=3, conditioning="auxiliary").eval()
    images, labels = some_images(), torch.tensor([0, 1, 2, 0])
    verdict = network.judge(images, labels)
    assert verdict.class_logits.shape == (4, 3)
    torch.testing.assert_close(network(images), verdict.logits)
    projecting = discriminator_of(family, class_count=3).judge(images, labels)
    assert projecting.class_logits is None


@EVERY_FAMILY
@pytest.mark.parametrize("minibatch", ["deviation", "discrimination"])
def test_minibatch_layers_let_the_batch_matter(family, minibatch):
    network = discriminator_of(family, class_count=3, minibatch=minibatch).double().eval()
    assert network.couples_batch
    images, labels = some_images().double(), torch.tensor([0, 1, 2, 0])
    together = network(images, labels)
    collapsed = network(images[:1].expand(4, -1, -1, -1), labels[:1].expand(4))
    assert not torch.isclose(together[0], collapsed[0], rtol=1e-9, atol=0)
    together.sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name


@pytest.mark.parametrize(
    ("family", "options", "expected"),
    [
        ("dcgan", {}, True),
        ("dcgan", {"normalization": "none"}, False),
        ("sngan_cnn", {}, False),
        ("sngan_cnn", {"normalization": "batch"}, True),
        ("sngan_resnet", {}, False),
        ("biggan", {"minibatch": "deviation"}, True),
    ],
)
def test_who_must_not_see_reals_and_fakes_at_once(family, options, expected):
    assert discriminator_of(family, **options).couples_batch == expected


def test_compiling_covers_every_call(monkeypatch):
    network = discriminator_of("sngan_cnn").eval()
    expected = network(some_images())
    calls = []

    def fake_compile(function, **options):
        def compiled(*args, **kwargs):
            calls.append(options)
            return function(*args, **kwargs)

        return compiled

    monkeypatch.setattr(torch, "compile", fake_compile)
    network.compile(dynamic=False)
    torch.testing.assert_close(network(some_images()), expected)
    network.judge(some_images())
    assert calls == [{"dynamic": False}] * 2


@pytest.mark.slow
@EVERY_FAMILY
def test_a_pass_compiles_as_one_graph(family):
    network = discriminator_of(family, quantization=QUANTIZATION)
    images = some_images()
    twin = copy.deepcopy(network)
    expected = twin.judge(images, update_codebooks=True)
    network.compile(backend="aot_eager", fullgraph=True)
    verdict = network.judge(images, update_codebooks=True)
    torch.testing.assert_close(verdict.logits, expected.logits)
    torch.testing.assert_close(verdict.codebooks, expected.codebooks)
    for key, value in twin.state_dict().items():
        torch.testing.assert_close(network.state_dict()[key], value)


@EVERY_FAMILY
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"quantization": {"blocks": ["block9"]}},
            r"quantization.blocks contain 'block9'; choose from: block1",
        ),
        (
            {"quantization": {"blocks": ["block1", "block1"]}},
            r"quantization.blocks=.* twice",
        ),
        ({"quantization": {"codes": 8}}, r"quantization lacks blocks"),
        (
            {"quantization": {"blocks": [], "beta": 1}},
            r"quantization contain 'beta'; choose from: blocks, codes, dictionary, mode",
        ),
        ({"minibatch": "std"}, r"minibatch='std' .* none, deviation, discrimination"),
        ({"conditioning": "auxiliary"}, r"conditioning='auxiliary' needs classes"),
        ({"dropout": 0.5}, r"discriminator_options='dropout' .* conditioning, quantization"),
    ],
)
def test_impossible_options_are_refused(family, options, message):
    with pytest.raises(ValueError, match=message):
        discriminator_of(family, **options)
