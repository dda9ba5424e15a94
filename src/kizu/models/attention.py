"""Attention layers."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_divisible
from kizu.models.layers import MakeConvolution

# Up to this length, attention written out trains faster than torch's fused kernel in bfloat16 on
# a CPU, whose backward pass does not use the matrix units: 5 times at 65 tokens, even at 1,000.
_UNFUSED_LENGTH = 512


class MultiHeadSelfAttention(nn.Module):
    """Scaled dot-product self-attention in several heads (Vaswani et al. 2017, section 3.2).

    Queries, keys and values come from one linear layer, and the attention from torch's fused
    kernel, which never writes the (L, L) weights to memory.

    Raises:
        ValueError: ``heads`` does not divide ``width``.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        check_divisible("width", width, "heads", heads)
        self.heads = heads
        self.dropout = dropout
        self.query_key_value = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)

    def forward(self, tokens: Tensor, query_count: int | None = None) -> Tensor:
        """Let the first ``query_count`` tokens, or all, attend to all ``tokens`` (N, L, width).

        Returns:
            (N, query_count, width), or (N, L, width).
        """
        if query_count is None:
            query, key, value = self.split_heads(self.query_key_value(tokens), 3)
        else:
            width = tokens.shape[-1]
            weight, bias = self.query_key_value.weight, self.query_key_value.bias
            asking = F.linear(tokens[:, :query_count], weight[:width], bias[:width])
            (query,) = self.split_heads(asking, 1)
            key, value = self.split_heads(F.linear(tokens, weight[width:], bias[width:]), 2)
        attended = attend(query, key, value, self.dropout if self.training else 0.0)
        return self.projection(attended.transpose(1, 2).flatten(2))

    def split_heads(self, stacked: Tensor, count: int) -> list[Tensor]:
        """Split (N, L, count · width) into ``count`` tensors (N, heads, L, width / heads)."""
        # Unbound before the transposition: its gradient is then stacked in the layout of the
        # linear layer's output, and not copied a second time.
        parts = stacked.unflatten(-1, (count, self.heads, -1)).unbind(2)
        return [part.transpose(1, 2) for part in parts]


def attend(query: Tensor, key: Tensor, value: Tensor, dropout: float = 0.0) -> Tensor:
    """Return ``softmax(query keyᵀ / sqrt(d)) value`` for each head (Vaswani et al., equation 1).

    Args:
        query: (N, heads, M, d).
        key: (N, heads, L, d).
        value: (N, heads, L, d).
        dropout: probability of dropping an attention weight.

    Returns:
        (N, heads, M, d).
    """
    slow_backward = query.device.type == "cpu" and query.dtype.itemsize < 4 and query.requires_grad
    if slow_backward and key.shape[2] <= _UNFUSED_LENGTH:
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        return F.dropout(torch.softmax(scores, dim=-1), dropout) @ value
    return F.scaled_dot_product_attention(query, key, value, dropout_p=dropout)


class SelfAttention2d(nn.Module):
    """Attention of every place of a feature map to all places, as SAGAN inserts it.

    Zhang et al. 2019, "Self-attention generative adversarial networks", section 3, with the widths
    and the max-pooled keys and values of the authors' code. The result is weighted by gamma, which
    starts at 0: the network first learns from neighborhoods alone (equation 3).

    Args:
        channels: C of the feature map.
        convolve: builds a 1x1 convolution.
    """

    def __init__(self, channels: int, convolve: MakeConvolution) -> None:
        super().__init__()
        key_channels, value_channels = max(1, channels // 8), max(1, channels // 2)
        self.query = convolve(channels, key_channels, 1)
        self.key = convolve(channels, key_channels, 1)
        self.value = convolve(channels, value_channels, 1)
        self.projection = convolve(value_channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(()))

    def attention(self, images: Tensor) -> Tensor:
        """Return the weights (N, H·W, H·W / 4) of each place of ``images`` for all pooled places.

        Written out: a fused kernel has no second derivative, which a gradient penalty takes.
        """
        query = self.query(images).flatten(2).transpose(1, 2)
        key = F.max_pool2d(self.key(images), 2).flatten(2)
        return torch.softmax(query @ key, dim=-1)

    def forward(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) to the same shape."""
        value = F.max_pool2d(self.value(images), 2).flatten(2)
        attended = value @ self.attention(images).transpose(1, 2)
        return images + self.gamma * self.projection(
            attended.view(len(images), -1, *images.shape[2:])
        )


@torch.no_grad()
def attention_maps(network: nn.Module, *inputs: Tensor | None) -> dict[str, Tensor]:
    """Run ``network`` on ``inputs`` and return what its `SelfAttention2d` layers look at.

    Returns:
        By the layer's name: (N, H, W, h, w), for each place (H, W) the weights of the pooled
        places (h, w), which add up to 1. Empty for a network without such a layer.
    """
    maps: dict[str, Tensor] = {}

    def record(name: str, layer: SelfAttention2d, arguments: tuple[Tensor]) -> None:
        (images,) = arguments
        _, _, height, width = images.shape
        weights = layer.attention(images)
        maps[name] = weights.view(len(images), height, width, height // 2, width // 2)

    hooks = [
        layer.register_forward_pre_hook(partial(record, name))
        for name, layer in network.named_modules()
        if isinstance(layer, SelfAttention2d)
    ]
    try:
        network(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return maps
