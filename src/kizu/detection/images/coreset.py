"""Few patches that lie close to all."""

import torch
from torch import Tensor


def greedy_coreset(vectors: Tensor, count: int) -> Tensor:
    """Choose vectors such that the farthest of all lies close to one of them.

    Roth et al. 2022, "Towards Total Recall in Industrial Anomaly Detection" (PatchCore), algorithm
    1; Gonzalez 1985: at most twice as far as with the best choice. It starts at the vector nearest
    to the mean, and then takes, over and over, the one that is farthest from those taken. Where no
    vector is left that is not a copy of one taken, it stops.

    Args:
        vectors: (M, F) float32.
        count: how many at most, in [1, M].

    Returns:
        Rows in the order in which they were taken, int64 (K,).

    Raises:
        ValueError: ``count`` is out of range.
    """
    if not 1 <= count <= len(vectors):
        raise ValueError(f"count must be in [1, {len(vectors)}], got {count}")
    centered = vectors - vectors.mean(dim=0)
    squares = centered.square().sum(dim=1)
    # |x - y|² = |x|² + |y|² - 2 x·y: one product of matrix and vector a step, and no copy.
    nearest = torch.full_like(squares, torch.inf)
    taken = [squares.argmin()]
    for _ in range(count - 1):
        newest = taken[-1]
        distances = torch.addmv(squares, centered, centered[newest], alpha=-2)
        torch.minimum(nearest, distances.add_(squares[newest]), out=nearest)
        nearest[newest] = -torch.inf
        taken.append(nearest.argmax())
    return torch.stack(taken)


def random_projection(vectors: Tensor, dimensions: int, generator: torch.Generator) -> Tensor:
    """Project to fewer dimensions, in which distances are nearly the same.

    Johnson and Lindenstrauss 1984, with the signs of Achlioptas 2003, "Database-friendly random
    projections". Vectors that have no more dimensions than that are left as they are.

    Args:
        vectors: (M, F).
        dimensions: of the result.
        generator: on the CPU.

    Returns:
        (M, min(dimensions, F)).
    """
    width = vectors.shape[1]
    if width <= dimensions:
        return vectors
    signs = torch.randint(0, 2, (width, dimensions), generator=generator).mul_(2).sub_(1)
    return vectors @ (signs.to(vectors) / dimensions**0.5)
