"""Vision transformer (Dosovitskiy et al. 2021, "An image is worth 16x16 words").

The parts (patch embedding, self-attention, encoder block, head) work alone as well.
"""

import torch
from torch import Tensor, nn

from kizu.models.attention import MultiHeadSelfAttention
from kizu.models.checks import check_at_least, check_divisible
from kizu.models.image_classifier import ImageClassifier


class PatchEmbedding(nn.Module):
    """Split images into square patches and project each to a token (section 3.1, equation 1).

    Raises:
        ValueError: ``patch_size`` does not divide ``image_size``.
    """

    def __init__(self, image_size: int, patch_size: int, channels: int, width: int) -> None:
        super().__init__()
        check_divisible("image_size", image_size, "patch_size", patch_size)
        self.token_count = (image_size // patch_size) ** 2
        self.projection = nn.Conv2d(channels, width, patch_size, stride=patch_size)

    def forward(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) to tokens (N, L, width), row by row."""
        return self.projection(images).flatten(2).transpose(1, 2)


class EncoderBlock(nn.Module):
    """Pre-normalization transformer block (equations 2 and 3)."""

    def __init__(
        self, width: int, heads: int, mlp_ratio: float = 4.0, dropout: float = 0.0
    ) -> None:
        super().__init__()
        hidden = int(width * mlp_ratio)
        if hidden < 1:
            raise ValueError(
                f"mlp_ratio={mlp_ratio} must give width={width} a hidden unit at least"
            )
        self.attention_norm = nn.LayerNorm(width, eps=1e-6)
        self.attention = MultiHeadSelfAttention(width, heads, dropout)
        self.mlp_norm = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, width),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, query_count: int | None = None) -> Tensor:
        """Map ``tokens`` (N, L, width) to their next state, or only the first ``query_count``.

        Returns:
            (N, query_count, width), or (N, L, width).
        """
        attended = self.attention(self.attention_norm(tokens), query_count)
        tokens = tokens[:, :query_count] + self.dropout(attended)
        return tokens + self.dropout(self.mlp(self.mlp_norm(tokens)))


class VisionTransformer(ImageClassifier):
    """Encoder over patch tokens with learned positions; the class token is the image's feature.

    Weights start as in the paper's code: matrices Xavier uniform, positions and class token
    N(0, 0.02), biases zero. Deterministic under ``torch.manual_seed``.

    Raises:
        ValueError: ``patch_size`` does not divide ``image_size``, ``heads`` does not divide
            ``width``, or a count is below 1.
    """

    def __init__(
        self,
        image_size: int,
        patch_size: int,
        channels: int,
        class_count: int,
        width: int = 192,
        depth: int = 6,
        heads: int = 3,
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_at_least(1, channels=channels, class_count=class_count, width=width, depth=depth)
        self.patches = PatchEmbedding(image_size, patch_size, channels, width)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, self.patches.token_count + 1, width))
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            EncoderBlock(width, heads, mlp_ratio, dropout) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, class_count)
        self._initialize()

    def _initialize(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.xavier_uniform_(module.weight.flatten(1))
                nn.init.zeros_(module.get_parameter("bias"))
        nn.init.normal_(self.class_token, std=0.02)
        nn.init.normal_(self.positions, std=0.02)

    def features(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) to the class token after the final norm, (N, width)."""
        patches = self.patches(images)
        class_token = self.class_token.expand(len(patches), -1, -1).to(patches.dtype)
        tokens = torch.cat((class_token, patches), dim=1) + self.positions
        tokens = self.dropout(tokens)
        for block in self.blocks[:-1]:
            tokens = block(tokens)
        # Nothing reads the other tokens of the last block: for the class token, which asks all
        # of them, leaving them out changes nothing.
        class_token = self.blocks[-1](tokens, query_count=1)
        return self.norm(class_token.squeeze(1))
