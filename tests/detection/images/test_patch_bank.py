"""The bank of patches, and what it is made with."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from kizu.detection.images.backbones import feature_maps, pretrained_backbone
from kizu.detection.images.coreset import greedy_coreset, random_projection
from kizu.detection.images.parameters import PatchBankParameters, PretrainedBackboneParameters
from kizu.detection.images.patch_bank import PatchBank
from kizu.detection.images.patches import heat_maps, patch_features
from kizu.evaluation.localization import per_region_overlap, pixel_auroc


def naive_coreset(vectors, count):
    """The farthest from those taken, with all distances written out."""
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    taken = [int(np.linalg.norm(vectors - vectors.mean(axis=0), axis=1).argmin())]
    while len(taken) < count:
        taken.append(int(distances[:, taken].min(axis=1).argmax()))
    return taken


def test_coreset_against_a_naive_loop():
    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    found = greedy_coreset(torch.from_numpy(vectors), 20)
    assert found.tolist() == naive_coreset(vectors, 20)


def test_coreset_takes_each_vector_once():
    vectors = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))
    assert sorted(greedy_coreset(vectors, 9).tolist()) == list(range(9))
    copies = torch.ones(5, 3)
    assert sorted(greedy_coreset(copies, 5).tolist()) == list(range(5))


@pytest.mark.parametrize("count", [0, 10])
def test_coreset_of_an_impossible_size(count):
    with pytest.raises(ValueError, match=rf"count must be in \[1, 9\], got {count}"):
        greedy_coreset(torch.zeros(9, 2), count)


def test_projection_keeps_distances():
    vectors = torch.randn(30, 400, generator=torch.Generator().manual_seed(0))
    projected = random_projection(vectors, 200, torch.Generator().manual_seed(1))
    assert projected.shape == (30, 200)
    ratios = torch.pdist(projected) / torch.pdist(vectors)
    assert (ratios - 1).abs().max() < 0.3
    assert random_projection(vectors, 400, torch.Generator()) is vectors


def test_patches_are_averages_of_their_neighborhood():
    fine, coarse = torch.rand(2, 3, 6, 6), torch.rand(2, 5, 3, 3)
    features = patch_features([fine, coarse], neighborhood=3)
    assert features.shape == (2, 6, 6, 8)
    torch.testing.assert_close(features[:, 2, 4, :3], fine[:, :, 1:4, 3:6].mean(dim=(2, 3)))
    alone = patch_features([fine], neighborhood=1)
    torch.testing.assert_close(alone, fine.permute(0, 2, 3, 1))


def test_heat_maps_peak_where_the_patch_is():
    patches = np.zeros((2, 4, 4))
    patches[0, 1, 2] = patches[1, 3, 0] = 1
    maps = heat_maps(patches, (16, 16), smoothing=1.5)
    assert np.unravel_index(maps[0].argmax(), (16, 16))[0] in (5, 6)
    assert np.unravel_index(maps[0].argmax(), (16, 16))[1] in (9, 10)
    sharp = heat_maps(patches, (16, 16), smoothing=0)
    for image in range(2):
        np.testing.assert_allclose(maps[image], gaussian_filter(sharp[image], 1.5), atol=1e-6)


def test_score_by_hand(fitted, unseen):
    detector = fitted("patch_bank")
    features = detector._patches(unseen).reshape(len(unseen), 64, -1).astype(np.float64)
    bank = detector._bank.patches.astype(np.float64)
    expected = []
    for patches in features:
        distances = np.linalg.norm(patches[:, None] - bank[None], axis=2)
        worst = distances.min(axis=1).argmax()
        nearest = distances[worst].argmin()
        around = np.linalg.norm(bank - bank[nearest], axis=1).argsort()[:4]
        soft = np.exp(distances[worst])[around]
        weight = 1 - np.exp(distances[worst, nearest]) / soft.sum()
        expected.append(weight * distances[worst, nearest])
    np.testing.assert_allclose(detector.score(unseen), expected, rtol=1e-6)


def test_the_bank_is_no_larger_than_asked_for(fitted, parameters):
    assert len(fitted("patch_bank")._bank.patches) == parameters["patch_bank"].bank_size


def test_heat_maps_find_a_scratch(fitted, normal):
    """Defects made by hand: bright lines on normal images."""
    masks = np.zeros((len(normal), 16, 16), bool)
    for image, mask in enumerate(masks):
        mask[2 + image % 10, 1:6] = True
    scratched = np.where(masks[:, np.newaxis], 255, normal).astype(np.uint8)
    maps = fitted("patch_bank").explain(scratched)
    assert pixel_auroc(masks, maps) > 0.8
    assert per_region_overlap(masks, maps) > 0.5


def test_too_many_patches_are_refused_with_an_estimate(parameters, normal):
    detector = PatchBank(parameters["patch_bank"])
    many = np.repeat(normal, 20, axis=0)
    # 8 × 8 patches of 24 features of 4 bytes.
    with pytest.raises(ValueError, match=r"patches of 240 images take 1 MiB.*at most 170 images"):
        detector.fit(many)


def test_an_even_neighborhood_is_refused(parameters):
    with pytest.raises(ValueError, match="neighborhood must be odd, got 4"):
        PatchBankParameters(**{**parameters["patch_bank"].model_dump(), "neighborhood": 4})


@pytest.fixture
def weights(tmp_path):
    from torchvision import models

    torch.manual_seed(0)
    path = tmp_path / "resnet18.pt"
    torch.save(models.resnet18().state_dict(), path)
    return path


def test_a_pretrained_backbone_takes_the_training_s_place(parameters, normal, unseen, weights):
    pretrained = PretrainedBackboneParameters(
        architecture="resnet18", weights=str(weights), layers=["layer2", "layer1"]
    )
    own = parameters["patch_bank"].model_copy(
        update={"pretrained": pretrained, "memory_limit_mebibytes": 10}
    )
    detector = PatchBank(own).fit(normal)
    assert detector.history == []
    restored = PatchBank.from_state(detector.state())
    np.testing.assert_array_equal(restored.score(unseen), detector.score(unseen))
    assert detector.score(unseen)[4:].min() > detector.score(unseen)[:4].max()
    maps = feature_maps(
        pretrained_backbone(pretrained).eval(), torch.zeros(2, 1, 32, 32), ["layer1"]
    )
    assert [level.shape for level in maps] == [(2, 64, 8, 8)]


def test_unknown_layers_name_the_choices(weights):
    with pytest.raises(ValueError, match=r"layers names \['layer9'\]; choose from: conv1, "):
        pretrained_backbone(
            PretrainedBackboneParameters(
                architecture="resnet18", weights=str(weights), layers=["layer9"]
            )
        )
