"""Diffusion transformer (Peebles and Xie 2023, "Scalable diffusion models with transformers").

The vision transformer's patches and attention, with the time and the class told through the
normalizations of every block (adaLN-Zero).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.attention import MultiHeadSelfAttention
from kizu.models.checks import check_at_least
from kizu.models.serialization import ConfiguredModule
from kizu.models.time_embedding import ConditionEmbedding, sinusoidal_embedding
from kizu.models.vit import PatchEmbedding


class ModulatedBlock(nn.Module):
    """Transformer block whose normalizations are scaled and shifted, and whose branches are gated.

    Six vectors come from the condition, all zero at first: the block starts as the identity
    (section 3.2, adaLN-Zero).
    """

    def __init__(self, width: int, heads: int, mlp_ratio: float) -> None:
        super().__init__()
        hidden = int(width * mlp_ratio)
        if hidden < 1:
            raise ValueError(
                f"mlp_ratio={mlp_ratio} must give width={width} a hidden unit at least"
            )
        self.attention = MultiHeadSelfAttention(width, heads)
        self.mlp = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, width)
        )
        self.modulation = nn.Linear(width, 6 * width)

    def forward(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Map tokens (N, L, width) under a condition (N, width) to their next state."""
        shift, scale, gate, mlp_shift, mlp_scale, mlp_gate = self.modulation(condition)[
            :, None
        ].chunk(6, dim=-1)
        tokens = tokens + gate * self.attention(modulated_norm(tokens, shift, scale))
        return tokens + mlp_gate * self.mlp(modulated_norm(tokens, mlp_shift, mlp_scale))


class DiffusionTransformer(ConfiguredModule):
    """Denoising network: noisy images, times and labels in, an image-shaped prediction out.

    Args:
        image_size: height and width in pixels.
        channels: of the images.
        class_count: 0: no classes. Otherwise label ``class_count`` stands for none.
        patch_size: height and width of a token, in pixels.
        width: of a token.
        depth: blocks.
        heads: of the attention.
        mlp_ratio: hidden width of the MLP in units of ``width``.

    Raises:
        ValueError: ``patch_size`` does not divide ``image_size``, ``heads`` does not divide
            ``width``, ``width`` is no multiple of 4, or a count is below 1.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        class_count: int = 0,
        patch_size: int = 2,
        width: int = 128,
        depth: int = 6,
        heads: int = 4,
        mlp_ratio: float = 4.0,
    ) -> None:
        super().__init__()
        check_at_least(1, channels=channels, width=width, depth=depth)
        if width % 4:
            raise ValueError(f"width={width} must be a multiple of 4, for positions in two axes")
        self.class_count = class_count
        self.patch_size = patch_size
        self.patches = PatchEmbedding(image_size, patch_size, channels, width)
        self.condition = ConditionEmbedding(width, width, class_count)
        self.blocks = nn.ModuleList(ModulatedBlock(width, heads, mlp_ratio) for _ in range(depth))
        self.modulation = nn.Linear(width, 2 * width)
        self.head = nn.Linear(width, patch_size**2 * channels)
        positions = grid_positions(image_size // patch_size, width)
        self.register_buffer("positions", positions, persistent=False)
        self._initialize()

    def _initialize(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.xavier_uniform_(module.weight.flatten(1))
                nn.init.zeros_(module.get_parameter("bias"))
        modulations = [block.get_submodule("modulation") for block in self.blocks]
        for layer in (*modulations, self.modulation, self.head):
            nn.init.zeros_(layer.get_parameter("weight"))

    def forward(self, images: Tensor, times: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map noisy images (N, C, H, W), times (N,) and labels (N,) to (N, C, H, W)."""
        condition = F.silu(self.condition(times, labels))
        tokens = self.patches(images) + self.get_buffer("positions")
        for block in self.blocks:
            tokens = block(tokens, condition)
        shift, scale = self.modulation(condition)[:, None].chunk(2, dim=-1)
        pixels = self.head(modulated_norm(tokens, shift, scale))
        return F.fold(
            pixels.transpose(1, 2), images.shape[-2:], self.patch_size, stride=self.patch_size
        )


def modulated_norm(tokens: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Layer normalization of (N, L, width) with the condition's own gain and bias (N, 1, width)."""
    return F.layer_norm(tokens, tokens.shape[-1:], eps=1e-6) * (1 + scale) + shift


def grid_positions(side: int, width: int) -> Tensor:
    """Fixed positions (side², width) of a square grid, row by row: half of the width an axis."""
    axis = sinusoidal_embedding(torch.arange(side), width // 2)
    rows = axis[:, None].expand(-1, side, -1)
    columns = axis[None].expand(side, -1, -1)
    return torch.cat((rows, columns), dim=-1).flatten(0, 1)
