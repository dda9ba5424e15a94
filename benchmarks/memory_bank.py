"""The memory bank of PatchCore: fitting and scoring against anomalib's, at equal features.

Fitting is the random projection and the choice of the coreset; scoring is the nearest neighbor of
every patch and the image's weighed score. Both contestants get the same patches, and both project
to the dimension that anomalib's `SparseRandomProjection` takes. The features are random: the cost
is the same. `python benchmarks/memory_bank.py`, about three minutes.
"""

import argparse
from types import MethodType

import numpy as np
import torch
from _timing import interleave, report, require

require(
    "anomalib",
    "pip install --no-deps anomalib==2.7.0 and what it then asks for; see requirements.txt.",
)

from anomalib.models.components.sampling import KCenterGreedy  # noqa: E402
from anomalib.models.image.patchcore.torch_model import PatchcoreModel  # noqa: E402

from kizu.detection.images.coreset import greedy_coreset, random_projection  # noqa: E402
from kizu.detection.images.patch_bank import Bank  # noqa: E402

OURS, PEER = "kizu", "anomalib"
IMAGES, PATCHES, DIMENSIONS = 100, 14 * 14, 384
TESTED = 50
SHARE = 0.05
NEIGHBORS = 9


def main() -> None:
    """Fit, then score, by both in turn."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)

    generator = torch.Generator().manual_seed(0)
    patches = torch.randn(IMAGES * PATCHES, DIMENSIONS, generator=generator)
    tested = torch.randn(TESTED, PATCHES, DIMENSIONS, generator=generator)
    size = int(SHARE * len(patches))
    peer_sampler = KCenterGreedy(patches, SHARE)
    peer_sampler.model.fit(patches)
    projected_dim = int(peer_sampler.model.n_components)

    def fit() -> torch.Tensor:
        projected = random_projection(patches, projected_dim, torch.Generator().manual_seed(0))
        return patches[greedy_coreset(projected, size)]

    facts = {
        "patches": len(patches),
        "dimensions": DIMENSIONS,
        "projected": projected_dim,
        "bank": size,
    }
    report(
        "memory_bank_fit",
        "PatchCore, the choice of the coreset",
        interleave(
            {PEER: lambda: KCenterGreedy(patches, SHARE).sample_coreset(), OURS: fit},
            options.rounds,
            warmup=0,
        ),
        reference=PEER,
        goals={OURS: 1},
        facts=facts,
    )
    chosen = fit()
    ours = Bank(chosen.numpy(), NEIGHBORS)
    features = tested.numpy()
    difference = np.abs(ours.score(features).images - _peer_scores(chosen, tested)).max()
    assert difference < 1e-3, difference
    report(
        "memory_bank_score",
        f"PatchCore, {TESTED} images scored",
        interleave(
            {PEER: lambda: _peer_scores(chosen, tested), OURS: lambda: ours.score(features)},
            options.rounds,
        ),
        reference=PEER,
        goals={OURS: 1},
        facts={**facts, "largest difference": float(difference)},
    )


def _peer_scores(chosen: torch.Tensor, tested: torch.Tensor) -> np.ndarray:
    """Anomalib's `forward` from the features on."""
    # Without its constructor, which builds a backbone.
    model = PatchcoreModel.__new__(PatchcoreModel)
    torch.nn.Module.__init__(model)
    model.num_neighbors = NEIGHBORS
    model.register_buffer("memory_bank", chosen)
    embedding = tested.flatten(0, 1)
    distances, locations = model.nearest_neighbors(embedding=embedding, n_neighbors=1)
    score = MethodType(PatchcoreModel.compute_anomaly_score, model)
    shape = tested.shape[:2]
    return score(distances.reshape(shape), locations.reshape(shape), embedding).numpy()


if __name__ == "__main__":
    main()
