"""The attention of a vision transformer, written out."""

import pytest
import torch

from kizu.models.vit import VisionTransformer
from kizu.models.vit_attention import attention_rollout, attention_weights


@pytest.fixture
def model() -> VisionTransformer:
    torch.manual_seed(0)
    model = VisionTransformer(8, 4, 3, 5, width=12, depth=3, heads=3, mlp_ratio=2.0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return model.double().eval()


def test_the_weights_are_those_that_the_fused_kernel_uses(model: VisionTransformer) -> None:
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    weights = attention_weights(model, images)
    assert [tuple(layer.shape) for layer in weights] == [(2, 3, 5, 5), (2, 3, 5, 5), (2, 3, 1, 5)]

    # The values, weighted by them, give the first block's own output.
    patches = model.patches(images)
    tokens = torch.cat([model.class_token.expand(2, -1, -1), patches], dim=1) + model.positions
    block = model.blocks[0]
    normalized = block.attention_norm(tokens)
    value = (normalized @ block.attention.query_key_value.weight[24:].T).unflatten(-1, (3, 4))
    value = value + block.attention.query_key_value.bias[24:].unflatten(0, (3, 4))
    attended = torch.einsum("nhqk,nkhd->nqhd", weights[0], value).flatten(2)
    torch.testing.assert_close(block.attention.projection(attended), block.attention(normalized))
    torch.testing.assert_close(weights[-1].sum(-1), torch.ones(2, 3, 1, dtype=torch.float64))


def test_a_look_does_not_change_the_model(model: VisionTransformer) -> None:
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    before = model(images)
    attention_weights(model, images)

    assert torch.equal(model(images), before)


def test_rollout_multiplies_the_layers() -> None:
    first = torch.tensor([[[[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]]]])
    last = torch.tensor([[[[0.0, 0.4, 0.6]]]])
    eye = torch.eye(3)
    expected = (0.5 * last[0, 0] + 0.5 * eye[:1]) @ (0.5 * first[0, 0] + 0.5 * eye)

    torch.testing.assert_close(attention_rollout([first, last]), expected[:, 1:])


def test_rollout_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        attention_rollout([])
