import numpy as np
import pytest
import torch

from kizu.evaluation.extraction import classifier_outputs
from kizu.models.vit import VisionTransformer


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(0)
    return VisionTransformer(
        image_size=8, patch_size=4, channels=1, class_count=3, width=12, depth=1, heads=2
    ).eval()


def pictures(count):
    return np.random.default_rng(0).integers(0, 256, (count, 1, 8, 8), dtype=np.uint8)


def test_features_lead_to_the_logits_and_the_batch_size_does_not_matter(classifier):
    images = pictures(7)
    whole = classifier_outputs(classifier, images, batch_size=7)
    assert whole.features.shape == (7, 12)
    unit = torch.from_numpy(images).float() / 127.5 - 1
    torch.testing.assert_close(whole.logits, classifier(unit))
    for part, expected in zip(
        classifier_outputs(classifier, images, batch_size=3), whole, strict=True
    ):
        torch.testing.assert_close(part, expected)


def test_takes_a_read_only_memory_map(classifier, tmp_path, recwarn):
    np.save(tmp_path / "images.npy", pictures(3))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    outputs = classifier_outputs(classifier, images, batch_size=2)
    assert len(outputs.features) == 3
    assert not outputs.features.requires_grad
    assert not recwarn.list


def test_names_what_is_wrong(classifier):
    with pytest.raises(ValueError, match=r"images must be uint8 .* got float64"):
        classifier_outputs(classifier, pictures(2).astype(float), batch_size=2)
    with pytest.raises(ValueError, match=r"N at least 1, got uint8 \(0, 1, 8, 8\)"):
        classifier_outputs(classifier, pictures(0), batch_size=2)
    training = VisionTransformer(8, 4, 1, 3, width=12, depth=1, heads=2)
    with pytest.raises(ValueError, match="classifier must be in evaluation mode"):
        classifier_outputs(training, pictures(2), batch_size=2)
