"""The likeliest labels of one image."""

import numpy as np
import pytest
import torch

from kizu.evaluation.top_labels import top_labels
from kizu.models.imagenet import ImagenetClassifier, imagenet_categories
from kizu.preprocessing.image_geometry import center_crop, resize_short_side

ARCHITECTURE = "shufflenet_v2_x0_5"


@pytest.fixture(scope="module")
def classifier() -> ImagenetClassifier:
    """ImageNet's classes, told by the head's bias alone: bee, ant, tench, then the others."""
    model = ImagenetClassifier(ARCHITECTURE, 1000).eval()
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.zero_()
        model.head.bias[309], model.head.bias[310], model.head.bias[0] = 9.0, 8.0, 7.0
    return model


def test_labels_come_through_the_class_index(classifier: ImagenetClassifier) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    cropped = center_crop(resize_short_side(photo, size=73), height=64, width=64)
    labels = top_labels(
        classifier, cropped.transpose(2, 0, 1), imagenet_categories(ARCHITECTURE), 3
    )

    assert [name for name, _ in labels] == ["bee", "ant", "tench"]
    total = np.exp([9, 8, 7]).sum() + 997
    np.testing.assert_allclose([share for _, share in labels], np.exp([9, 8, 7]) / total, rtol=1e-5)


def test_what_does_not_fit_is_refused(classifier: ImagenetClassifier) -> None:
    image = np.zeros((3, 64, 64), dtype=np.uint8)
    with pytest.raises(ValueError, match="hold 2 names, but the classifier knows 1000"):
        top_labels(classifier, image, ["ant", "bee"])
    with pytest.raises(ValueError, match="count must be from 1 to 1000, got 0"):
        top_labels(classifier, image, imagenet_categories(ARCHITECTURE), 0)
