"""A causal transformer over tokens: a language model.

Radford et al. 2019, "Language models are unsupervised multitask learners" (GPT-2): the vision
transformer's blocks, each token attending to itself and to those before it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.attention import MultiHeadSelfAttention
from kizu.models.checks import check_at_least
from kizu.models.serialization import ConfiguredModule
from kizu.models.vit import EncoderBlock


class CausalSelfAttention(MultiHeadSelfAttention):
    """Self-attention in which a token sees itself and the tokens before it, none after it."""

    def forward(self, tokens: Tensor, query_count: int | None = None) -> Tensor:
        """Let the first ``query_count`` of ``tokens`` (N, L, width), or all, look back.

        Returns:
            (N, query_count, width), or (N, L, width).
        """
        # What comes after the last one that asks is seen by none.
        query, key, value = self.split_heads(self.query_key_value(tokens[:, :query_count]), 3)
        dropout = self.dropout if self.training else 0.0
        attended = F.scaled_dot_product_attention(
            query, key, value, dropout_p=dropout, is_causal=True
        )
        return self.projection(attended.transpose(1, 2).flatten(2))


class DecoderBlock(EncoderBlock):
    """Pre-normalization transformer block with causal attention."""

    def __init__(
        self, width: int, heads: int, mlp_ratio: float = 4.0, dropout: float = 0.0
    ) -> None:
        super().__init__(width, heads, mlp_ratio, dropout)
        self.attention = CausalSelfAttention(width, heads, dropout)


class LanguageModel(ConfiguredModule):
    """Decoder-only transformer with learned positions; the output shares the embedding's weights.

    Weights start as GPT-2's: N(0, 0.02), those of the layers that end a residual branch divided by
    the root of how many branches there are; biases zero. Deterministic under
    ``torch.manual_seed``.

    Args:
        vocabulary_size: V, tokens are numbers in [0, V).
        context_length: most tokens of a sequence.
        width: of a token's state.
        depth: blocks.
        heads: of each block's attention.
        mlp_ratio: hidden units of a block's MLP, over its width.
        dropout: probability of dropping an embedding, an attention weight, or what a branch adds.

    Raises:
        ValueError: ``heads`` does not divide ``width``, or a count is below 1.
    """

    def __init__(
        self,
        vocabulary_size: int,
        context_length: int,
        width: int = 384,
        depth: int = 6,
        heads: int = 6,
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_at_least(
            1,
            vocabulary_size=vocabulary_size,
            context_length=context_length,
            width=width,
            depth=depth,
        )
        self.context_length = context_length
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.positions = nn.Embedding(context_length, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            DecoderBlock(width, heads, mlp_ratio, dropout) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self._initialize()

    def _initialize(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        for name, weight in self.named_parameters():
            if name.endswith(("attention.projection.weight", "mlp.3.weight")):
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * len(self.blocks)))

    def features(self, tokens: Tensor) -> Tensor:
        """Map ``tokens`` (N, L) int64 to their states after the final norm, (N, L, width).

        Raises:
            ValueError: L exceeds the context length.
        """
        length = tokens.shape[1]
        if length > self.context_length:
            raise ValueError(
                f"tokens have length {length}, but the model has "
                f"context_length={self.context_length}"
            )
        places = torch.arange(length, device=tokens.device)
        states = self.dropout(self.embedding(tokens) + self.positions(places))
        for block in self.blocks:
            states = block(states)
        return self.norm(states)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map ``tokens`` (N, L) int64 to the logits (N, L, V) of the token after each.

        Raises:
            ValueError: as `features`.
        """
        return F.linear(self.features(tokens), self.embedding.weight)
