import logging

import numpy as np
import pytest

from kizu.evaluation.frechet import frechet_distance
from kizu.evaluation.intra_class import intra_class_distances, intra_class_metrics
from kizu.evaluation.moments import moments

CENTERS = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])


def drawn(seed, labels, centers=CENTERS):
    return centers[labels] + np.random.default_rng(seed).normal(size=(len(labels), 2))


LABELS = np.arange(90) % 3


def test_each_class_is_compared_with_itself():
    real, fake = drawn(0, LABELS), drawn(1, LABELS)
    found = intra_class_distances(real, LABELS, fake, LABELS)
    assert list(found) == [0, 1, 2]
    for label, distance in found.items():
        chosen = label == LABELS
        expected = frechet_distance(moments(real[chosen]), moments(fake[chosen]))
        assert distance == pytest.approx(expected)


def test_exchanged_classes_show_within_and_not_in_the_mix():
    real = drawn(0, LABELS)
    exchanged = drawn(1, LABELS, CENTERS[[1, 2, 0]])
    mix = frechet_distance(moments(real), moments(exchanged))
    within = intra_class_distances(real, LABELS, exchanged, LABELS)
    assert mix < 1
    assert min(within.values()) > 50


def test_small_classes_are_named_and_left_out(caplog):
    labels = np.array([0] * 10 + [1])
    with caplog.at_level(logging.WARNING):
        found = intra_class_distances(drawn(0, labels), labels, drawn(1, labels), labels)
    assert list(found) == [0]
    assert "Classes [1]" in caplog.text


def test_metrics_average_over_classes_and_have_a_baseline():
    sides = [drawn(seed, LABELS) for seed in range(3)]
    found = intra_class_metrics(sides[0], LABELS, sides[1], LABELS, sides[2], LABELS)
    mean = np.mean([*intra_class_distances(sides[1], LABELS, sides[0], LABELS).values()])
    assert found["train.intra_class_frechet_distance"] == pytest.approx(mean)
    baseline = np.mean([*intra_class_distances(sides[1], LABELS, sides[2], LABELS).values()])
    for group in ("real.train", "real.test"):
        assert found[f"{group}.intra_class_frechet_distance"] == pytest.approx(baseline)


def test_names_what_is_wrong():
    with pytest.raises(ValueError, match=r"generated_labels must be \(90,\), got \(3,\)"):
        intra_class_distances(drawn(0, LABELS), LABELS, drawn(1, LABELS), [0, 1, 2])
    with pytest.raises(ValueError, match="no class has at least two"):
        intra_class_distances(drawn(0, LABELS), LABELS, drawn(1, LABELS), LABELS + 5)
