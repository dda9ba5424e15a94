import copy
import json

import numpy as np
import pytest
import torch

from kizu.models.bigan import JointDiscriminator
from kizu.models.encoder import Encoder
from kizu.models.gan import DISCRIMINATORS, FAMILIES, GENERATORS, build_gan
from kizu.models.sagan import SaganGenerator
from kizu.models.serialization import pack, unpack
from kizu.models.vit import VisionTransformer


def networks():
    torch.manual_seed(0)
    for family in FAMILIES:
        generator, discriminator = build_gan(family, 16, 1, 3, 8, 4, 4)
        yield generator, (torch.randn(2, 8), torch.tensor([0, 2]))
        yield discriminator, (torch.randn(2, 1, 16, 16), torch.tensor([0, 2]))
    yield from networks_with_options()
    images = torch.randn(2, 1, 16, 16)
    yield VisionTransformer(16, 4, 1, 3, width=8, depth=2, heads=2), (images,)
    yield Encoder(16, 1, 8, width=4), (images,)
    yield JointDiscriminator(16, 1, 8, width=4, hidden=8), (images, torch.randn(2, 8))


def networks_with_options():
    for family, for_generator, for_discriminator in (
        ("dcgan", {"normalization": "pixel", "weights": "equalized"}, {"minibatch": "deviation"}),
        ("sngan_cnn", {"upsampling": "bilinear"}, {"minibatch": "discrimination"}),
        ("sngan_resnet", {"activation": "post"}, {"activation": "post", "strided_stem": True}),
        ("sagan", {"attention_sizes": (16,)}, {"conditioning": "auxiliary"}),
        (
            "biggan",
            {"hierarchical": False},
            {"quantization": {"blocks": ("block2",), "codes": 4, "dictionary": "gradient"}},
        ),
        ("dcgan", {}, {"quantization": {"blocks": ("block1",), "codes": 4}}),
    ):
        generator, discriminator = build_gan(
            family,
            16,
            1,
            3,
            8,
            4,
            4,
            generator_options=for_generator,
            discriminator_options=for_discriminator,
        )
        yield generator, (torch.randn(2, 8), torch.tensor([0, 2]))
        yield discriminator, (torch.randn(2, 1, 16, 16), torch.tensor([0, 2]))


@pytest.mark.parametrize(
    ("network", "inputs"), list(networks()), ids=lambda value: type(value).__name__
)
def test_round_trip_is_exact(network, inputs):
    network(*inputs)  # moves running statistics and singular vectors away from their start
    artifact = pack(network=network)
    config = json.loads(json.dumps(artifact["config"]))
    assert config == artifact["config"]
    rebuilt = unpack({"config": config, "tensors": artifact["tensors"]}, "network", type(network))
    assert not rebuilt.training
    assert rebuilt.config == network.config
    again = pack(network=rebuilt)
    assert list(again["tensors"]) == list(artifact["tensors"])
    for key, array in artifact["tensors"].items():
        assert again["tensors"][key].tobytes() == array.tobytes()
        assert again["tensors"][key].dtype == array.dtype
        assert again["tensors"][key].shape == array.shape
    assert torch.equal(rebuilt(*inputs), network.eval()(*inputs))


def test_the_configuration_is_what_the_network_was_built_with():
    """Defaults that stand for what is published are written out."""
    torch.manual_seed(0)
    generator, discriminator = build_gan(
        "sagan", 16, 1, 0, 8, 4, None, discriminator_options={"attention_sizes": (8,)}
    )
    assert generator.config == {
        "image_size": 16,
        "channels": 1,
        "class_count": 0,
        "latent_dim": 8,
        "width": 4,
        "attention_sizes": [8],
    }
    assert discriminator.config == {
        "image_size": 16,
        "channels": 1,
        "class_count": 0,
        "width": 128,
        "attention_sizes": [8],
        "conditioning": "projection",
        "quantization": None,
        "minibatch": "none",
    }
    assert copy.deepcopy(generator).config == generator.config
    with pytest.raises(TypeError, match="colors"):
        SaganGenerator(16, 1, colors=1)


def test_bytes_do_not_depend_on_the_memory_format():
    generator, _ = build_gan("sngan_cnn", 16, 3, 0, 8, 4, 4)
    before = pack(generator=generator)["tensors"]
    after = pack(generator=generator.to(memory_format=torch.channels_last))["tensors"]
    assert all(after[key].tobytes() == before[key].tobytes() for key in before)
    assert all(array.flags["C_CONTIGUOUS"] for array in after.values())


def test_packed_arrays_do_not_follow_the_network():
    encoder = Encoder(8, 1, 4, width=2)
    tensors = pack(encoder=encoder)["tensors"]
    before = {key: array.copy() for key, array in tensors.items()}
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.add_(1)
    assert all(np.array_equal(tensors[key], before[key]) for key in before)


def test_several_networks_share_an_artifact():
    generator, discriminator = build_gan("dcgan", 16, 1, 0, 8, 4, 4)
    artifact = pack(generator=generator, generator_average=generator, discriminator=discriminator)
    assert artifact["config"]["generator"]["kind"] == "DcganGenerator"
    assert type(unpack(artifact, "generator_average", *GENERATORS)) is type(generator)
    assert type(unpack(artifact, "discriminator", *DISCRIMINATORS)) is type(discriminator)


def test_what_does_not_fit_is_refused():
    artifact = pack(encoder=Encoder(8, 1, 4, width=2))
    with pytest.raises(ValueError, match=r"name='decoder' .* choose one of: encoder"):
        unpack(artifact, "decoder", Encoder)
    with pytest.raises(ValueError, match=r"kind='Encoder' .* JointDiscriminator"):
        unpack(artifact, "encoder", JointDiscriminator)
    artifact["config"]["encoder"]["width"] = 4
    with pytest.raises(ValueError, match=r"tensors of 'encoder' do not fit an? Encoder"):
        unpack(artifact, "encoder", Encoder)
