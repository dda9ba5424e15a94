"""A picture of generated images beside the training images that are nearest to them."""

import numpy as np

from kizu.evaluation.nearest import Neighbors
from kizu.reporting.grids import image_grid


def nearest_grid(
    generated: np.ndarray,
    train: np.ndarray,
    found: Neighbors,
    *,
    rows: int,
) -> np.ndarray:
    """Show the samples that come closest to a training image, the closest first.

    Args:
        generated: (N, C, H, W) uint8.
        train: (M, C, H, W) uint8.
        found: the training images nearest to each sample, as many as are shown right of it.
        rows: samples to show, or all if there are fewer.

    Returns:
        One picture, uint8 (H, W) or (H, W, 3).
    """
    closest = found.distances[:, 0].argsort(stable=True)[:rows].cpu().numpy()
    beside = found.indices.cpu().numpy()[closest]
    cells = np.concatenate([generated[closest][:, None], train[beside]], axis=1)
    return image_grid(cells.reshape(-1, *generated.shape[1:]), columns=cells.shape[1])
