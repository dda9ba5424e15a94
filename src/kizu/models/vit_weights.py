"""Weights of vision transformers from elsewhere: torchvision's names, other image sizes."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

# Ours by torchvision's, longest first where one begins another.
_NAMES = {
    "conv_proj": "patches.projection",
    "encoder.pos_embedding": "positions",
    "encoder.layers.encoder_layer_": "blocks.",
    "encoder.ln": "norm",
    "heads.head": "head",
    ".ln_1": ".attention_norm",
    ".ln_2": ".mlp_norm",
    ".self_attention.in_proj_": ".attention.query_key_value.",
    ".self_attention.out_proj": ".attention.projection",
}
_MEAN = torch.tensor([0.485, 0.456, 0.406])
_STANDARD_DEVIATION = torch.tensor([0.229, 0.224, 0.225])


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of a `VisionTransformer` with the weights of torchvision's.

    torchvision's models were trained on images normalized by ImageNet's statistics, ours take
    [-1, 1]: both are affine, and so is the patch projection, which takes up the difference.

    Args:
        state: of a torchvision ``VisionTransformer`` for three channels.
    """
    renamed = {}
    for name, tensor in state.items():
        for theirs, ours in _NAMES.items():
            name = name.replace(theirs, ours)
        renamed[name] = tensor
    weight, bias = renamed["patches.projection.weight"], renamed["patches.projection.bias"]
    scale, shift = 0.5 / _STANDARD_DEVIATION, (0.5 - _MEAN) / _STANDARD_DEVIATION
    renamed["patches.projection.weight"] = weight * scale[:, None, None]
    renamed["patches.projection.bias"] = bias + (weight * shift[:, None, None]).sum(dim=(1, 2, 3))
    return renamed


def resize_positions(positions: Tensor, token_count: int) -> Tensor:
    """Interpolate learned positions for another image size (Dosovitskiy et al. 2021, section 3.2).

    Args:
        positions: (1, 1 + L, width), the class token's first, then a square of patches.
        token_count: patches of the new size, a square number.

    Returns:
        (1, 1 + token_count, width), bicubic between the old patches' centers.

    Raises:
        ValueError: a number of patches that is no square.
    """
    sides = []
    for name, count in (("positions", positions.shape[1] - 1), ("token_count", token_count)):
        side = round(count**0.5)
        if side < 1 or side**2 != count:
            raise ValueError(f"{name} of {count} patches make no square; use 1, 4, 9, 16, ...")
        sides.append(side)
    old, new = sides
    class_token, patches = positions[:, :1], positions[:, 1:]
    grid = patches.transpose(1, 2).unflatten(2, (old, old))
    resized = F.interpolate(grid, size=(new, new), mode="bicubic", align_corners=False)
    return torch.cat([class_token, resized.flatten(2).transpose(1, 2)], dim=1)
