"""Which pixels an answer depends on."""

import numpy as np
import pytest
import torch

from kizu.evaluation.saliency import input_gradients, saliency_maps
from kizu.models.imagenet import ImagenetClassifier
from kizu.models.vit import VisionTransformer


@pytest.fixture(scope="module")
def transformer() -> VisionTransformer:
    torch.manual_seed(0)
    return VisionTransformer(8, 4, 2, 3, width=12, depth=2, heads=2).eval()


def test_gradients_agree_with_finite_differences(transformer: VisionTransformer) -> None:
    network = transformer.double()
    images = torch.rand(2, 2, 8, 8, dtype=torch.float64) * 2 - 1
    found = input_gradients(network, images)
    winner = network(images)[1].argmax()
    slopes = []
    for channel in range(2):
        step = torch.zeros_like(images)
        step[1, channel, 5, 3] = 1e-6
        slopes.append((network(images + step) - network(images - step))[1, winner].item() / 2e-6)
    network.float()

    assert found.shape == (2, 8, 8)
    assert found[1, 5, 3].item() == pytest.approx(max(map(abs, slopes)), rel=1e-5)


def test_a_transformer_shows_its_attention_too(transformer: VisionTransformer) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 2, 8, 8), dtype=np.uint8)
    maps = saliency_maps(transformer, images)

    assert {name: values.shape for name, values in maps.items()} == {
        "attention rollout": (3, 2, 2),
        "gradient": (3, 8, 8),
    }
    # What does not come from the patches is the class token's own.
    assert (maps["attention rollout"].sum(axis=(1, 2)) < 1).all()


def test_any_classifier_shows_its_gradient() -> None:
    model = ImagenetClassifier("shufflenet_v2_x0_5", 2).eval().requires_grad_(False)
    images = np.random.default_rng(0).integers(0, 256, (1, 1, 32, 32), dtype=np.uint8)
    maps = saliency_maps(model, images)

    assert list(maps) == ["gradient"]
    assert maps["gradient"].shape == (1, 32, 32)
    assert maps["gradient"].max() > 0
