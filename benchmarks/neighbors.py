"""Scoring by nearest neighbors: `NeighborIndex` against scikit-learn's brute force.

The same vectors, the same neighbors, and distances that agree to 1e-5.
`python benchmarks/neighbors.py`, about a minute.
"""

import argparse

import numpy as np
import torch
from _timing import interleave, report
from sklearn.neighbors import NearestNeighbors

from kizu.detection.neighbors import NeighborIndex

OURS, PEER = "kizu", "scikit-learn"
# As many as MNIST has of a digit, and as many pixels; and a bank of patches.
SHAPES = {"images": (6000, 2000, 784), "patches": (1000, 20000, 96)}
NEIGHBORS = 5


def main() -> None:
    """Score the same queries by both, in turn."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)

    for name, (normal_count, query_count, dimensions) in SHAPES.items():
        random = np.random.default_rng(0)
        normal = random.normal(size=(normal_count, dimensions)).astype(np.float32)
        queries = random.normal(size=(query_count, dimensions)).astype(np.float32)
        ours = NeighborIndex(normal, NEIGHBORS)
        peer = NearestNeighbors(n_neighbors=NEIGHBORS, algorithm="brute").fit(normal)
        difference = np.abs(ours.mean_distance(queries) - _mean_distance(peer, queries)).max()
        assert difference < 1e-5, difference
        contestants = {
            PEER: lambda peer=peer, queries=queries: _mean_distance(peer, queries),
            OURS: lambda ours=ours, queries=queries: ours.mean_distance(queries),
        }
        report(
            f"neighbors_{name}",
            f"Mean distance to the {NEIGHBORS} nearest neighbors: {name}",
            interleave(contestants, options.rounds),
            reference=PEER,
            goals={OURS: 1},
            facts={
                "normal": normal_count,
                "queries": query_count,
                "dimensions": dimensions,
                "largest difference": float(difference),
            },
        )


def _mean_distance(search: NearestNeighbors, queries: np.ndarray) -> np.ndarray:
    distances, _ = search.kneighbors(queries)
    return distances.mean(axis=1, dtype=np.float64)


if __name__ == "__main__":
    main()
