"""Histograms of oriented gradients."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

# Of the cosine by which a direction belongs to an orientation: overlapping, smooth, one-sided.
_SHARPNESS = 4
# Length below which histograms are rounding, and are not blown up to unit length.
_FLAT = 1e-4


def gradient_histograms(images: Tensor, orientations: int, cell: int, stride: int) -> Tensor:
    """Sum up the strength of edges, cell by cell and orientation by orientation.

    Dalal and Triggs 2005, "Histograms of Oriented Gradients for Human Detection", with signed
    orientations, overlapping cells, and the whole image as the one block that is normalized: its
    contrast drops out, and a stroke may move by a part of a cell.

    Args:
        images: (N, C, H, W).
        orientations: over a full turn.
        cell: pixels a side, at most H and W.
        stride: pixels from one cell to the next.

    Returns:
        (N, orientations, h, w), of unit length for each image; nearly zero for one without edges.
    """
    gray = images.mean(dim=1, keepdim=True)
    # Replicated, not zero: the border of an image is no edge.
    padded = F.avg_pool2d(F.pad(gray, (2, 2, 2, 2), mode="replicate"), 3, 1)
    across = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    down = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    strength = torch.hypot(across, down).clamp_min(1e-12)
    angles = torch.arange(orientations, device=images.device) * (2 * math.pi / orientations)
    along = across * angles.cos().view(-1, 1, 1) + down * angles.sin().view(-1, 1, 1)
    edges = strength * (along / strength).clamp(0, 1).pow(_SHARPNESS)
    cells = F.avg_pool2d(edges, cell, stride)
    return F.normalize(cells.flatten(1), dim=1, eps=_FLAT).view_as(cells)
