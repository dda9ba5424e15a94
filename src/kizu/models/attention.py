"""Attention layers."""

import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_divisible


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

    def forward(self, tokens: Tensor) -> Tensor:
        """Map ``tokens`` (N, L, width) to (N, L, width)."""
        n, length, width = tokens.shape
        stacked = self.query_key_value(tokens).view(n, length, 3, self.heads, width // self.heads)
        query, key, value = stacked.permute(2, 0, 3, 1, 4).unbind(0)
        attended = F.scaled_dot_product_attention(
            query, key, value, dropout_p=self.dropout if self.training else 0.0
        )
        return self.projection(attended.transpose(1, 2).reshape(n, length, width))
