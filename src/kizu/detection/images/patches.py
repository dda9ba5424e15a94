"""Features of an image's patches, and what is known of patches as a map over the image."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor


def patch_features(maps: Sequence[Tensor], neighborhood: int) -> Tensor:
    """Aggregate every patch with its neighborhood, and set the levels side by side.

    Roth et al. 2022, "Towards Total Recall in Industrial Anomaly Detection" (PatchCore), section
    3.1: an average over the neighborhood at each level; coarser levels are brought to the size of
    the first by bilinear interpolation.

    Args:
        maps: feature maps (N, F_l, H_l, W_l), finest first.
        neighborhood: patches a side; odd.

    Returns:
        (N, H_0, W_0, F), F the sum of the F_l.
    """
    pooled = [F.avg_pool2d(level, neighborhood, 1, neighborhood // 2) for level in maps]
    size = pooled[0].shape[-2:]
    levels = [pooled[0], *(F.interpolate(level, size, mode="bilinear") for level in pooled[1:])]
    return torch.cat(levels, dim=1).permute(0, 2, 3, 1)


def heat_maps(patches: np.ndarray, size: tuple[int, int], smoothing: float) -> NDArray[np.float32]:
    """Spread scores of patches over the pixels of their images.

    Section 3.3 of the same: bilinear interpolation, then a Gaussian.

    Args:
        patches: (N, h, w), non-negative.
        size: (H, W) of the images.
        smoothing: standard deviation of the Gaussian in pixels; 0: none.

    Returns:
        (N, H, W), non-negative.
    """
    scores = torch.from_numpy(patches.astype(np.float32))[:, None]
    maps = F.interpolate(scores, size, mode="bilinear")[:, 0].numpy()
    return gaussian_filter(maps, (0, smoothing, smoothing)) if smoothing else maps
