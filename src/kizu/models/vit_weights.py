"""Weights of vision transformers from elsewhere: torchvision's names, other image sizes."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from kizu.models.checks import check_choice
from kizu.models.pretrained import first_difference, mismatch, of_pipeline, read_weights
from kizu.models.vit import VisionTransformer

# torchvision's vision transformers by patch size, width, depth and heads.
_PUBLISHED = {
    (16, 768, 12, 12): "vit_b_16",
    (32, 768, 12, 12): "vit_b_32",
    (16, 1024, 24, 16): "vit_l_16",
    (32, 1024, 24, 16): "vit_l_32",
    (14, 1280, 32, 16): "vit_h_14",
}
_IMAGENET_CLASSES = 1000
_PATCHES = {"conv_proj.weight", "conv_proj.bias"}
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


def published_name(patch_size: int, width: int, depth: int, heads: int) -> str:
    """The name of torchvision's vision transformer of that size (MLPs are 4 times as wide).

    Raises:
        ValueError: it has none.
    """
    size = (patch_size, width, depth, heads)
    check_choice("(patch_size, width, depth, heads)", size, _PUBLISHED)
    return _PUBLISHED[size]


def load_vit_weights(model: VisionTransformer, source: str) -> None:
    """Load trained weights into a vision transformer of the same size.

    Positions are interpolated where images were of another size, gray images taken as three equal
    channels. The head takes weights only where it has ImageNet's 1,000 classes; else it stays.

    Args:
        model: changed in place.
        source: ``imagenet`` for torchvision's own, or the path of such a file, or that of a packed
            classifier of this pipeline; see `kizu.models.pretrained.read_weights`.

    Raises:
        ValueError: ``imagenet``, but torchvision has no transformer of this size.
        PretrainedWeightsError: no network, no such file, or tensors of another architecture.
    """
    name = "this vision transformer"
    if source == "imagenet":
        sizes = (model.config[key] for key in ("patch_size", "width", "depth", "heads"))
        name = published_name(*sizes)
    weights = read_weights(source, name)
    state = of_pipeline(weights)
    takes_head = state is None and model.config["class_count"] == _IMAGENET_CLASSES
    if state is None:
        state = from_torchvision(weights) if weights.keys() >= _PATCHES else weights
    state = _fitted(state, model)
    if not takes_head:
        state |= {f"head.{key}": tensor for key, tensor in model.head.state_dict().items()}
    if problem := first_difference(state, model.state_dict()):
        raise mismatch(source, name, problem)
    model.load_state_dict(state)


def _fitted(state: Mapping[str, Tensor], model: VisionTransformer) -> dict[str, Tensor]:
    """The weights for the model's size and channels of images."""
    fitted = dict(state)
    kernel, positions = (state.get(key) for key in ("patches.projection.weight", "positions"))
    if kernel is not None and model.config["channels"] == 1 and kernel.shape[1] == 3:
        fitted["patches.projection.weight"] = kernel.sum(dim=1, keepdim=True)
    if positions is not None and positions.shape[1] != model.positions.shape[1]:
        fitted["positions"] = resize_positions(positions, model.patches.token_count)
    return fitted


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
