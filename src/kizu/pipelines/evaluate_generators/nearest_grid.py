"""A picture of generated images beside the training images that are nearest to them."""

import numpy as np
from torch import Tensor

from kizu.evaluation.nearest import nearest_neighbors
from kizu.reporting.grids import image_grid


def nearest_grid(
    generated: np.ndarray,
    train: np.ndarray,
    generated_features: Tensor,
    train_features: Tensor,
    *,
    rows: int,
    neighbors: int,
) -> np.ndarray:
    """Show the samples that come closest to a training image, the closest first.

    Args:
        generated: (N, C, H, W) uint8.
        train: (M, C, H, W) uint8.
        generated_features: (N, D), in which distances are measured.
        train_features: (M, D).
        rows: samples to show, or all if there are fewer.
        neighbors: nearest training images right of each, or all if there are fewer.

    Returns:
        One picture, uint8 (H, W) or (H, W, 3).
    """
    found = nearest_neighbors(train_features, generated_features, count=min(neighbors, len(train)))
    closest = found.distances[:, 0].argsort(stable=True)[:rows].cpu().numpy()
    beside = found.indices.cpu().numpy()[closest]
    cells = np.concatenate([generated[closest][:, None], train[beside]], axis=1)
    return image_grid(cells.reshape(-1, *generated.shape[1:]), columns=cells.shape[1])
