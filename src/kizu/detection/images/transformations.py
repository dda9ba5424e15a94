"""The geometric transformations that a network learns to tell apart."""

import torch
import torch.nn.functional as F
from torch import Tensor


def transformation_count(max_shift: int) -> int:
    """Return how many views `transformed` makes of an image: 36, or 4 without shifts."""
    return 36 if max_shift else 4


def transformed(images: Tensor, max_shift: int) -> Tensor:
    """Shift each image by -s, 0 or s pixels each way, then rotate it by 0, 90, 180 or 270 degrees.

    Golan and El-Yaniv 2018, "Deep Anomaly Detection Using Geometric Transformations", section 3.1,
    without the mirrored half. What a shift uncovers is filled by reflection.

    Args:
        images: (N, C, H, W) with H = W.
        max_shift: s, less than H; 0 rotates only.

    Returns:
        (N, T, C, H, W) in an order that depends on nothing; view 0 is the image itself.
    """
    size = images.shape[-1]
    padded = F.pad(images, [max_shift] * 4, mode="reflect")
    # The image's own position first.
    offsets = [max_shift, 0, 2 * max_shift] if max_shift else [0]
    return torch.stack(
        [
            torch.rot90(padded[:, :, top : top + size, left : left + size], turns, dims=(2, 3))
            for turns in range(4)
            for top in offsets
            for left in offsets
        ],
        dim=1,
    )
