import json
import logging

import numpy as np
import pytest
import torch

from kizu.evaluation.extraction import ClassifierOutputs
from kizu.evaluation.fidelity import (
    feature_set,
    fidelity_metrics,
    generator_metrics,
    real_splits,
    sample_metrics,
)
from kizu.evaluation.settings import FidelityParameters

SETTINGS = FidelityParameters(kernel_subset_count=10, kernel_subset_size=30, inception_splits=2)
CENTERS = np.random.default_rng(0).normal(0, 4, (3, 6))


def outputs(seed, labels, shift=0.0):
    """Features around a center for each class, and logits that tell the classes apart."""
    noise = np.random.default_rng(seed).normal(shift, 1, (len(labels), 6))
    features = torch.from_numpy(CENTERS[labels] + noise)
    return ClassifierOutputs(features, -torch.cdist(features, torch.from_numpy(CENTERS)))


def compared(reference, generated):
    """The metrics of two sets of features."""
    real = feature_set(reference, SETTINGS)
    made = feature_set(generated, SETTINGS, origin=real.balls.origin)
    return fidelity_metrics(real, made, SETTINGS)


def test_a_worse_set_is_worse_by_every_metric():
    labels = np.arange(120) % 3
    reference = outputs(0, labels).features
    good = compared(reference, outputs(1, labels).features)
    bad = compared(reference, outputs(1, labels, shift=1.5).features)
    for name in ("frechet_distance", "kernel_distance"):
        assert good[name] < bad[name]
    for name in ("precision", "recall", "density", "coverage"):
        assert good[name] > bad[name]


def test_says_when_a_frechet_distance_has_too_few_samples(caplog):
    features = np.random.default_rng(0).normal(size=(30, 40))
    with caplog.at_level(logging.WARNING):
        compared(features, features)
    assert "30 samples of 40 features" in caplog.text


def test_label_accuracy_is_the_share_labeled_as_asked():
    labels = np.arange(90) % 3
    seen = outputs(0, labels)
    right = (seen.logits.argmax(dim=1).numpy() == labels).mean()
    assert sample_metrics(seen, labels, SETTINGS)["label_accuracy"] == right
    assert "label_accuracy" not in sample_metrics(seen, None, SETTINGS)


@pytest.mark.parametrize("generated_count", [40, 200])
def test_baselines_put_real_samples_in_the_generated_ones_place(generated_count):
    train_labels, test_labels = np.arange(120) % 3, np.arange(60) % 3
    train, test = outputs(0, train_labels), outputs(1, test_labels)
    labels = np.arange(generated_count) % 3
    generated = outputs(2, labels, shift=2.0)

    real = real_splits(train, test, test_labels, SETTINGS, sample_count=generated_count)
    flat = generator_metrics(generated, labels, real, SETTINGS)

    assert flat["sample_count"] == generated_count
    assert flat["real.sample_count"] == min(generated_count, 60)
    for reference, split in (("train", train), ("test", test)):
        alone = compared(split.features, generated.features)
        assert {name: flat[f"{reference}.{name}"] for name in alone} == alone
        assert flat[f"real.{reference}.frechet_distance"] < flat[f"{reference}.frechet_distance"]
        assert flat[f"real.{reference}.coverage"] > flat[f"{reference}.coverage"]
    if generated_count == 200:
        # The whole test split against the whole train split.
        expected = compared(train.features, test.features)
        assert flat["real.train.frechet_distance"] == pytest.approx(expected["frechet_distance"])
        assert flat["real.train.density"] == expected["density"]
        classified = test.logits.argmax(dim=1).numpy()
        assert flat["real.label_accuracy"] == (classified == test_labels).mean()
    assert json.loads(json.dumps(flat, allow_nan=False)) == flat
    assert flat == generator_metrics(generated, labels, real, SETTINGS)
