"""The Fréchet distance of 10,000 samples to 10,000, with torch-fidelity, from the same features.

From features to the number: moments of both sets, and the distance. torch-fidelity takes the
eigenvalues of the product of the covariances, which has no symmetry; ours takes singular values of
a product of Cholesky factors. Features have the 2,048 numbers of Inception's. Each contestant has a
process of its own.

    pip install --no-deps torch-fidelity
    python benchmarks/frechet.py

Results: results/frechet.json.
"""

import argparse
import importlib
from collections.abc import Callable
from functools import partial

import torch
from _timing import interleave, own_processes, report, require
from torch import Tensor

from kizu.evaluation.frechet import frechet_distance
from kizu.evaluation.moments import moments

PEER, OURS = "torch-fidelity", "kizu"
TOLERANCE = 1e-6


def main() -> None:
    """Parse the command line, compare the values, run both in turn and write the results."""
    parser = argparse.ArgumentParser(description="The Fréchet distance, side by side.")
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    require("torch_fidelity", "Install it with: pip install --no-deps torch-fidelity")
    given = options.samples, options.width, options.threads
    builders = {PEER: partial(build_theirs, *given), OURS: partial(build_ours, *given)}
    theirs, ours = (build()() for build in builders.values())
    difference = abs(ours / theirs - 1)
    if difference > TOLERANCE:
        raise SystemExit(f"The values differ: ours {ours}, theirs {theirs}.")
    with own_processes(builders) as contestants:
        seconds = interleave(contestants, options.rounds)
    report(
        "frechet",
        f"Fréchet distance, {options.samples:,} and {options.samples:,} samples of "
        f"{options.width} features",
        seconds,
        reference=PEER,
        goals={},
        facts={"value": ours, "relative difference of the values": difference},
    )


def build_ours(samples: int, width: int, threads: int) -> Callable[[], float]:
    """Return our distance of made-up features."""
    real, fake = _features(samples, width, threads)
    return lambda: frechet_distance(moments(real), moments(fake))


def build_theirs(samples: int, width: int, threads: int) -> Callable[[], float]:
    """Return the same by torch-fidelity."""
    pair = _features(samples, width, threads)
    fidelity = importlib.import_module("torch_fidelity.metric_fid")

    def measure() -> float:
        statistics = [fidelity.fid_features_to_statistics(features) for features in pair]
        found = fidelity.fid_statistics_to_metric(*statistics, verbose=False)
        return float(found[fidelity.KEY_METRIC_FID])

    return measure


def _features(samples: int, width: int, threads: int) -> tuple[Tensor, Tensor]:
    """Correlated, and not negative, as Inception's are."""
    torch.set_num_threads(threads)
    random = torch.Generator().manual_seed(0)
    mixing = torch.randn(width, width, generator=random) / width**0.5
    real, fake = (
        (torch.randn(samples, width, generator=random) @ mixing + shift).relu()
        for shift in (0.0, 0.1)
    )
    return real, fake


if __name__ == "__main__":
    main()
