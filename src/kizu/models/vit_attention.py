"""What a vision transformer looks at: the attention weights that its fused kernel never writes."""

from functools import partial

import torch
from torch import Tensor

from kizu.models.attention import MultiHeadSelfAttention
from kizu.models.vit import VisionTransformer


@torch.no_grad()
def attention_weights(model: VisionTransformer, images: Tensor) -> list[Tensor]:
    """Return the weights of every encoder block, first to last.

    Args:
        model: in evaluation mode.
        images: (N, C, H, W) in [-1, 1].

    Returns:
        For each block (N, heads, L, L), rows that add up to 1: how much each token takes from each
        token, the class token first. The last block, of which only the class token is computed,
        has one row: (N, heads, 1, L).
    """
    weights: list[Tensor] = []

    def record(
        layer: MultiHeadSelfAttention, arguments: tuple[Tensor, int | None], rows: int | None
    ) -> None:
        query, key, _ = layer.split_heads(layer.query_key_value(arguments[0]), 3)
        scores = (query[:, :, :rows] * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        weights.append(scores.softmax(dim=-1))

    layers = [layer for layer in model.modules() if isinstance(layer, MultiHeadSelfAttention)]
    hooks = [
        layer.register_forward_pre_hook(partial(record, rows=1 if layer is layers[-1] else None))
        for layer in layers
    ]
    try:
        model.features(images)
    finally:
        for hook in hooks:
            hook.remove()
    return weights


def attention_rollout(weights: list[Tensor]) -> Tensor:
    """Follow the attention from the class token back to the patches, through all blocks.

    Abnar & Zuidema 2020, "Quantifying attention flow in transformers", equation 1: heads are
    averaged, and half of every token is what the residual connection carries along.

    Args:
        weights: of `attention_weights`.

    Returns:
        (N, L - 1), how much of each patch reaches the class token; they add up to less than 1, the
        rest is the class token's own.
    """
    flow: Tensor | None = None
    for layer in weights:
        mean = layer.mean(dim=1)
        rows, length = mean.shape[1:]
        own = torch.eye(length, dtype=mean.dtype, device=mean.device)[:rows]
        step = 0.5 * mean + 0.5 * own
        flow = step if flow is None else step @ flow
    if flow is None:
        raise ValueError("weights is empty: a vision transformer has at least one block")
    return flow[:, 0, 1:]
