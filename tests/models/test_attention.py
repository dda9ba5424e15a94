import pytest
import torch

from kizu.models.attention import MultiHeadSelfAttention, attend


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
