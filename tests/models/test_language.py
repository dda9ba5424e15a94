import math

import pytest
import torch

from kizu.models.attention import MultiHeadSelfAttention
from kizu.models.language import CausalSelfAttention, LanguageModel
from kizu.models.serialization import pack, unpack


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LanguageModel(11, context_length=8, width=12, depth=2, heads=3).eval()


@pytest.fixture
def tokens():
    return torch.randint(11, (3, 8), generator=torch.Generator().manual_seed(0))


def test_attention_against_the_equation():
    torch.manual_seed(0)
    attention = CausalSelfAttention(6, 2).double()
    tokens = torch.randn(2, 5, 6, dtype=torch.float64)
    query, key, value = attention.query_key_value(tokens).chunk(3, dim=-1)
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    heads = []
    for head in (slice(0, 3), slice(3, 6)):
        scores = query[..., head] @ key[..., head].transpose(1, 2) / 3**0.5
        heads.append(scores.masked_fill(later, -torch.inf).softmax(-1) @ value[..., head])
    expected = attention.projection(torch.cat(heads, dim=-1))
    torch.testing.assert_close(attention(tokens), expected)
    torch.testing.assert_close(attention(tokens, query_count=2), expected[:, :2])
    assert isinstance(attention, MultiHeadSelfAttention)


def test_logits_depend_on_no_later_token(model, tokens):
    logits = model(tokens)
    assert logits.shape == (3, 8, 11)
    changed = tokens.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % 11
    torch.testing.assert_close(model(changed)[:, :5], logits[:, :5])
    assert not torch.allclose(model(changed)[:, 5:], logits[:, 5:])
    torch.testing.assert_close(model(tokens[:, :5]), logits[:, :5])


def test_order_matters(model, tokens):
    swapped = tokens[:, [1, 0, *range(2, 8)]]
    assert not torch.allclose(model(swapped)[:, -1], model(tokens)[:, -1])


def test_logits_come_from_the_embedding(model, tokens):
    torch.testing.assert_close(model(tokens), model.features(tokens) @ model.embedding.weight.T)
    assert not any("head" in name for name, _ in model.named_parameters())


def test_starts_at_the_loss_of_guessing(model, tokens):
    loss = torch.nn.functional.cross_entropy(model(tokens[:, :-1]).mT, tokens[:, 1:])
    assert loss.item() == pytest.approx(math.log(11), abs=0.05)


def test_residual_branches_start_smaller_in_a_deeper_model():
    torch.manual_seed(0)
    model = LanguageModel(5, context_length=4, width=64, depth=8, heads=2)
    block = model.blocks[0]
    for last in (block.attention.projection, block.mlp[-1]):
        assert last.weight.std().item() == pytest.approx(0.02 / 4, rel=0.1)
    assert block.mlp[0].weight.std().item() == pytest.approx(0.02, rel=0.1)


def test_survives_packing(model, tokens):
    again = unpack(pack(model=model), "model", LanguageModel)
    assert torch.equal(again(tokens), model(tokens))


def test_bad_arguments_are_refused(model):
    with pytest.raises(ValueError, match=r"tokens have length 9, .* context_length=8"):
        model(torch.zeros(1, 9, dtype=torch.int64))
    with pytest.raises(ValueError, match="heads=5 does not divide width=12"):
        LanguageModel(11, context_length=8, width=12, depth=1, heads=5)
    with pytest.raises(ValueError, match="depth=0 must be at least 1"):
        LanguageModel(11, context_length=8, width=12, depth=0, heads=3)
