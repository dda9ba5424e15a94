"""Precision, recall, density and coverage of 10,000 samples against 10,000, with the prdc package.

The package is by the authors of density and coverage. Both sides get the same features and must
give the same four values. Features of 64 numbers are those of this project's classifiers, 2,048
those of Inception. Each contestant has a process of its own, held to as many cores as threads: the
package spreads its distances over eight threads whatever one asks for.

    pip install --no-deps prdc==0.2
    python benchmarks/precision_recall.py

Results: results/precision_recall_<width>.json.
"""

import argparse
import importlib
import os
from collections.abc import Callable
from functools import partial

import torch
from _timing import interleave, own_processes, report, require
from torch import Tensor

from kizu.evaluation.manifold import manifold_metrics

PEER, OURS = "prdc", "kizu"
NEIGHBORS = 5
TOLERANCE = 1e-6
# Directions that features vary in; in thousands of independent ones, no sample is near another.
INNER_WIDTH = 16

Values = dict[str, float]


def main() -> None:
    """Parse the command line; for every width compare the values, then run both in turn."""
    parser = argparse.ArgumentParser(description="Precision and recall, side by side.")
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 2048])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    require("prdc", "Install it with: pip install --no-deps prdc==0.2")
    torch.set_num_threads(options.threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    for width in options.widths:
        compare(options.samples, width, options.rounds, options.threads)


def compare(samples: int, width: int, rounds: int, threads: int) -> None:
    """Compare the values, run the contestants in turn, and write the result."""
    builders = {
        PEER: partial(build_theirs, samples, width, threads),
        OURS: partial(build_ours, samples, width, threads),
    }
    theirs, ours = (build()() for build in builders.values())
    difference = max(abs(ours[name] - theirs[name]) for name in ours)
    if difference > TOLERANCE:
        raise SystemExit(f"The values differ: ours {ours}, theirs {theirs}.")
    with own_processes(builders) as contestants:
        seconds = interleave(contestants, rounds)
    report(
        f"precision_recall_{width}",
        f"Precision, recall, density and coverage, {samples:,} x {samples:,} samples of {width} "
        "features",
        seconds,
        reference=PEER,
        goals={},
        facts={"values": ours, "largest difference of values": difference},
    )


def build_ours(samples: int, width: int, threads: int) -> Callable[[], Values]:
    """Return our four metrics of made-up features."""
    real, fake = _features(samples, width, threads)
    return lambda: manifold_metrics(real, fake, neighbors=NEIGHBORS)._asdict()


def build_theirs(samples: int, width: int, threads: int) -> Callable[[], Values]:
    """Return the same by the package."""
    real, fake = (features.numpy() for features in _features(samples, width, threads))
    package = importlib.import_module("prdc")

    def measure() -> Values:
        values = package.compute_prdc(real, fake, nearest_k=NEIGHBORS)
        return {name: float(value) for name, value in values.items()}

    return measure


def _features(samples: int, width: int, threads: int) -> tuple[Tensor, Tensor]:
    torch.set_num_threads(threads)
    random = torch.Generator().manual_seed(0)
    mixing = torch.randn(INNER_WIDTH, width, generator=random)
    real = torch.randn(samples, INNER_WIDTH, generator=random) @ mixing
    fake = (0.9 * torch.randn(samples, INNER_WIDTH, generator=random) + 0.1) @ mixing
    return real, fake


if __name__ == "__main__":
    main()
