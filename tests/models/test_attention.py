from functools import partial

import pytest
import torch

from kizu.models.attention import (
    MultiHeadSelfAttention,
    SelfAttention2d,
    attend,
    attention_maps,
)
from kizu.models.layers import convolution


@pytest.mark.parametrize(("width", "heads", "length"), [(12, 3, 5), (16, 1, 7), (8, 8, 1)])
def test_against_torchs_multihead_attention(width, heads, length):
    torch.manual_seed(0)
    reference = torch.nn.MultiheadAttention(width, heads, batch_first=True).double()
    attention = MultiHeadSelfAttention(width, heads).double()
    torch.nn.init.normal_(reference.in_proj_bias)
    attention.query_key_value.weight.data.copy_(reference.in_proj_weight)
    attention.query_key_value.bias.data.copy_(reference.in_proj_bias)
    attention.projection.load_state_dict(reference.out_proj.state_dict())
    tokens = torch.randn(3, length, width, dtype=torch.float64)
    expected, _ = reference(tokens, tokens, tokens)
    torch.testing.assert_close(attention(tokens), expected)


def test_against_the_equation():
    torch.manual_seed(0)
    attention = MultiHeadSelfAttention(6, 2).double()
    tokens = torch.randn(2, 4, 6, dtype=torch.float64)
    query, key, value = attention.query_key_value(tokens).chunk(3, dim=-1)
    heads = []
    for head in (slice(0, 3), slice(3, 6)):
        scores = query[..., head] @ key[..., head].transpose(1, 2) / 3**0.5
        heads.append(torch.softmax(scores, dim=-1) @ value[..., head])
    expected = attention.projection(torch.cat(heads, dim=-1))
    torch.testing.assert_close(attention(tokens), expected)


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    attention = MultiHeadSelfAttention(8, 2, dropout=0.5)
    tokens = torch.randn(2, 6, 8)
    assert not torch.equal(attention(tokens), attention(tokens))
    attention.eval()
    assert torch.equal(attention(tokens), attention(tokens))


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match=r"heads=5 does not divide width=12.*1, 2, 3, 4, 6, 12"):
        MultiHeadSelfAttention(12, 5)


def test_only_the_first_tokens_may_ask():
    torch.manual_seed(0)
    attention = MultiHeadSelfAttention(12, 3).double()
    tokens = torch.randn(3, 5, 12, dtype=torch.float64)
    torch.testing.assert_close(attention(tokens, query_count=2), attention(tokens)[:, :2])


@pytest.mark.parametrize("queries", [1, 7])
def test_written_out_attention_equals_the_fused_one(queries):
    torch.manual_seed(0)
    query = torch.randn(2, 3, queries, 4).bfloat16().requires_grad_()
    key, value = (torch.randn(2, 3, 7, 4).bfloat16().requires_grad_() for _ in range(2))
    exact = [tensor.detach().float().requires_grad_() for tensor in (query, key, value)]
    direction = torch.randn(2, 3, queries, 4)
    low, reference = attend(query, key, value), attend(*exact)
    torch.testing.assert_close(low.float(), reference, rtol=0.03, atol=0.03)
    gradients = torch.autograd.grad(low, (query, key, value), direction.bfloat16())
    for gradient, expected in zip(
        gradients, torch.autograd.grad(reference, exact, direction), strict=True
    ):
        torch.testing.assert_close(gradient.float(), expected, rtol=0.03, atol=0.03)


def test_attention_dropout_keeps_the_expectation():
    torch.manual_seed(0)
    query, key = torch.randn(1, 1, 1, 4), torch.randn(1, 1, 6, 4)
    value = torch.randn(1, 1, 6, 4)
    for dtype in (torch.float32, torch.bfloat16):
        low = [
            tensor.to(dtype).expand(4000, -1, -1, -1).requires_grad_()
            for tensor in (query, key, value)
        ]
        mean = attend(*low, dropout=0.3).float().mean(dim=0)
        torch.testing.assert_close(mean, attend(query, key, value)[0], rtol=0.1, atol=0.05)


def feature_attention(channels=16):
    torch.manual_seed(0)
    return SelfAttention2d(channels, partial(convolution, bias=False)).double()


def test_self_attention_against_the_equations():
    attention = feature_attention()
    torch.nn.init.constant_(attention.gamma, 0.7)
    images = torch.randn(2, 16, 4, 6, dtype=torch.float64)
    expected = torch.empty_like(images)
    weights = {
        name: layer.weight.flatten(1)
        for name, layer in attention.named_children()
        if isinstance(layer, torch.nn.Conv2d)
    }
    for index, image in enumerate(images):
        queries, keys, values = (
            torch.einsum("oc,chw->ohw", weights[name], image) for name in ("query", "key", "value")
        )
        keys, values = (
            table.unfold(1, 2, 2).unfold(2, 2, 2).flatten(3).amax(dim=3) for table in (keys, values)
        )
        for row in range(4):
            for column in range(6):
                scores = torch.einsum("c,chw->hw", queries[:, row, column], keys)
                shares = scores.exp() / scores.exp().sum()
                attended = weights["projection"] @ torch.einsum("hw,chw->c", shares, values)
                expected[index, :, row, column] = image[:, row, column] + 0.7 * attended
    torch.testing.assert_close(attention(images), expected)


def test_self_attention_starts_as_the_identity_and_learns_gamma_first():
    attention = feature_attention()
    images = torch.randn(2, 16, 4, 4, dtype=torch.float64)
    output = attention(images)
    assert torch.equal(output, images)
    output.square().sum().backward()
    assert attention.gamma.grad != 0


def test_self_attention_has_a_second_derivative():
    attention = SelfAttention2d(4, convolution).double()
    torch.nn.init.ones_(attention.gamma)
    images = torch.randn(1, 4, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(attention, images)


def test_attention_maps_of_a_network():
    attention = feature_attention()
    network = torch.nn.Sequential(torch.nn.Identity(), attention)
    images = torch.randn(2, 16, 4, 6, dtype=torch.float64)
    maps = attention_maps(network, images)
    assert list(maps) == ["1"]
    assert maps["1"].shape == (2, 4, 6, 2, 3)
    torch.testing.assert_close(maps["1"].flatten(1, 2).flatten(2), attention.attention(images))
    shares = maps["1"].sum(dim=(3, 4))
    torch.testing.assert_close(shares, torch.ones_like(shares))
    assert not attention._forward_pre_hooks
    assert attention_maps(torch.nn.Identity(), images) == {}
