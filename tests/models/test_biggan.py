import pytest
import torch
import torch.nn.functional as F

from kizu.models import weights
from kizu.models.biggan import BigganDiscriminator, BigganGenerator


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_parameter_counts_are_those_of_the_authors_code(monkeypatch):
    # It adds no parameter, and takes its time to build.
    monkeypatch.setattr(weights, "spectral_norm", lambda layer: layer)
    with torch.device("meta"):
        assert count(BigganGenerator(128, 3, class_count=1000)) == 70_433_988
        assert count(BigganDiscriminator(128, 3, class_count=1000)) == 87_982_370


def generator_of(**options):
    torch.manual_seed(0)
    return BigganGenerator(16, 1, **{"class_count": 3, "latent_dim": 9, "width": 2, **options})


def test_every_block_reads_the_shared_embedding_and_its_part_of_the_latent():
    generator = generator_of(embedding_dim=4).eval()
    latent, labels = torch.randn(2, 9), torch.tensor([2, 0])
    hidden = generator.linear(latent[:, :3]).view(2, 8, 4, 4)
    shared = generator.embedding.weight[labels]
    for index, block in enumerate(generator.blocks, start=1):
        part = latent[:, 3 * index : 3 * index + 3]
        hidden = block(hidden, torch.cat((shared, part), dim=1))
    expected = torch.tanh(generator.to_image(F.relu(generator.norm(hidden))))
    torch.testing.assert_close(generator(latent, labels), expected)


def test_a_latent_that_does_not_divide_gives_the_rest_to_the_first_layer():
    generator = generator_of(latent_dim=11)
    assert generator.latent_parts == [5, 3, 3]
    assert generator.linear.in_features == 5
    assert generator(torch.randn(2, 11), torch.tensor([0, 1])).shape == (2, 1, 16, 16)


@pytest.mark.parametrize("class_count", [0, 3])
@pytest.mark.parametrize("hierarchical", [True, False])
def test_blocks_depend_on_what_they_are_told(class_count, hierarchical):
    generator = generator_of(class_count=class_count, hierarchical=hierarchical).eval()
    latent = torch.randn(1, 9).repeat(2, 1)
    labels = torch.tensor([0, 0]) if class_count else None
    latent[1, -1] += 1  # the last block's part, or a part of the whole
    first, second = generator(latent, labels)
    assert not torch.allclose(first, second)
    if class_count:
        first, second = generator(latent[:1].repeat(2, 1), torch.tensor([0, 2]))
        assert not torch.allclose(first, second)


@pytest.mark.parametrize("class_count", [0, 3])
def test_plain_batch_norm_where_there_is_no_condition(class_count):
    generator = generator_of(class_count=class_count, hierarchical=False)
    kinds = {type(block.norm1).__name__ for block in generator.blocks}
    assert kinds == {"LinearConditionalNorm2d" if class_count else "BatchNorm2d"}


def test_convolutions_start_orthogonal():
    discriminator = BigganDiscriminator(16, 1, width=2)
    weight = discriminator.blocks["block2"].conv1.parametrizations.weight.original.flatten(1)
    gram = weight @ weight.T
    torch.testing.assert_close(gram, 2 * torch.eye(len(gram)), rtol=0, atol=1e-5)


def test_the_embedding_is_not_spectrally_normalized():
    names = [name for name, _ in generator_of().named_parameters()]
    assert "embedding.weight" in names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent_dim": 2}, r"latent_dim=2 must be at least 3"),
        ({"latent_dim": 0, "hierarchical": False}, r"latent_dim=0 must be at least 1"),
        ({"embedding_dim": 0}, r"embedding_dim=0 must be at least 1"),
        ({"attention_sizes": [32]}, r"attention_sizes contain 32; choose from: 8, 16"),
        ({"attention_sizes": [8, 8]}, r"attention_sizes=\[8, 8\] .* twice"),
    ],
)
def test_impossible_configurations_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        generator_of(**options)
