"""Heat maps against masks."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from kizu.evaluation.localization import per_region_overlap, pixel_auroc


@pytest.fixture
def scene():
    """Three images with regions of unlike sizes, and coarse maps with many ties."""
    random = np.random.default_rng(0)
    masks = np.zeros((3, 12, 10), bool)
    masks[0, 1:3, 1:3] = masks[0, 5:11, 2:9] = True
    masks[1, 3, 4] = masks[1, 4, 5] = True  # touch at a corner
    masks[1, 11, :] = True  # touches the next image's first row in memory only
    masks[2, 0, :] = True
    maps = np.round(random.normal(size=masks.shape) + masks, 1)
    return masks, maps


def brute_force(masks, maps, limit):
    """Every threshold in turn, every region in turn."""
    regions = []
    for image, mask in enumerate(masks):
        labels, count = ndimage.label(mask, np.ones((3, 3)))
        regions += [(image, labels == number) for number in range(1, count + 1)]
    assert len(regions) == 5
    rates, overlaps = [0.0], [0.0]
    for threshold in np.unique(maps)[::-1]:
        flagged = maps >= threshold
        rates.append(flagged[~masks].mean())
        overlaps.append(np.mean([flagged[image][region].mean() for image, region in regions]))
    fine = np.linspace(0, limit, 200_001)
    return np.trapezoid(np.interp(fine, rates, overlaps), fine) / limit


@pytest.mark.parametrize("limit", [0.05, 0.3, 1.0])
def test_overlap_against_every_threshold_and_region(scene, limit):
    found = per_region_overlap(*scene, max_false_positive_rate=limit)
    assert found == pytest.approx(brute_force(*scene, limit), abs=1e-5)


def test_pixel_auroc_against_scikit_learn(scene):
    masks, maps = scene
    expected = roc_auc_score(masks.ravel(), maps.ravel())
    assert pixel_auroc(masks, maps) == pytest.approx(expected)


def test_a_missed_small_region_costs_overlap_but_hardly_any_auroc():
    masks = np.zeros((1, 40, 40), bool)
    masks[0, :20, :20] = masks[0, 30, 30] = True
    maps = masks.astype(float)
    assert pixel_auroc(masks, maps) == 1
    assert per_region_overlap(masks, maps) == pytest.approx(1)
    maps[0, 30, 30] = -1
    assert pixel_auroc(masks, maps) > 0.99
    assert per_region_overlap(masks, maps) == pytest.approx(0.5, abs=0.01)


def test_constant_maps_find_nothing():
    masks = np.zeros((1, 4, 4), bool)
    masks[0, 0, 0] = True
    assert pixel_auroc(masks, np.zeros((1, 4, 4))) == 0.5
    assert per_region_overlap(masks, np.zeros((1, 4, 4)), 0.4) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda masks, maps: (masks[:, :-1], maps), "alike"),
        (lambda masks, maps: (masks & False, maps), "both anomalous and normal"),
        (lambda masks, maps: (masks | True, maps), "both anomalous and normal"),
        (lambda masks, maps: (masks, maps * np.nan), "finite"),
    ],
)
def test_bad_input_is_refused(scene, change, message):
    with pytest.raises(ValueError, match=message):
        pixel_auroc(*change(*scene))
    with pytest.raises(ValueError, match=message):
        per_region_overlap(*change(*scene))
    with pytest.raises(ValueError, match=r"max_false_positive_rate must lie in \(0, 1\], got 0"):
        per_region_overlap(*scene, max_false_positive_rate=0)
