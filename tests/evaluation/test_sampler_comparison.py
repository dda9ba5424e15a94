import numpy as np
import torch

from kizu.diffusion.settings import SamplerParameters
from kizu.evaluation.extraction import classifier_outputs
from kizu.evaluation.fidelity import feature_set, fidelity_metrics
from kizu.evaluation.generation import sample_latents
from kizu.evaluation.sampler_comparison import compare_samplers, network_evaluations
from kizu.evaluation.settings import FidelityParameters
from kizu.models.dit import DiffusionTransformer
from kizu.models.serialization import pack
from kizu.models.vit import VisionTransformer

SETTINGS = FidelityParameters(kernel_subset_count=2, kernel_subset_size=10)
SAMPLERS = [
    (f"eta {eta:g}", SamplerParameters(name="ddim", steps=steps, eta=eta))
    for steps in (2, 6)
    for eta in (0.0, 1.0)
]


def test_counts_what_the_network_is_asked():
    def count(**options):
        return network_evaluations(SamplerParameters(**options))

    assert count(name="ddim", steps=10) == 10
    assert count(name="heun", steps=10) == 19
    assert count(name="dpm_solver", steps=10, guidance_scale=2.0) == 20


def test_a_row_a_sampler_and_the_count_is_what_happens(monkeypatch):
    torch.manual_seed(0)
    network = DiffusionTransformer(8, 1, 3, patch_size=4, width=8, depth=1, heads=2)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    artifact = pack(network_average=network)
    artifact["config"]["process"] = {
        "schedule": {"name": "linear", "timesteps": 20},
        "formulation": {
            "kind": "variance_preserving",
            "prediction": "noise",
            "weighting": "simple",
        },
    }
    classifier = VisionTransformer(8, 4, 1, 3, width=4, depth=1, heads=1).eval()
    random = np.random.default_rng(0)
    real = random.integers(0, 256, (30, 1, 8, 8), dtype=np.uint8)

    def extract(images):
        return classifier_outputs(classifier, images, batch_size=30).features

    reference = feature_set(extract(real), SETTINGS)
    latents, labels = sample_latents(20, 64, 0), np.arange(20) % 3

    calls = []
    forward = DiffusionTransformer.forward

    def counted(self, images, *rest):
        calls.append(len(images))
        return forward(self, images, *rest)

    monkeypatch.setattr(DiffusionTransformer, "forward", counted)
    rows = compare_samplers(
        artifact,
        SAMPLERS,
        latents,
        labels,
        extract,
        reference,
        SETTINGS,
        device=torch.device("cpu"),
        batch_size=20,
    )
    found = [(row["label"], row["steps"]) for row in rows]
    assert found == [("eta 0", 2), ("eta 1", 2), ("eta 0", 6), ("eta 1", 6)]
    assert sum(calls) == 20 * sum(int(row["network_evaluations"]) for row in rows)
    metrics = fidelity_metrics(reference, reference, SETTINGS)
    assert all(metrics.keys() < row.keys() for row in rows)
    assert len({row["frechet_distance"] for row in rows}) == 4
