import numpy as np
import pytest
import torch
from torch_fidelity.metric_isc import isc_features_to_metric

from kizu.evaluation.inception import inception_score


def drawn(count, class_count=10, scale=3.0):
    return np.random.default_rng(0).normal(0, scale, (count, class_count))


@pytest.mark.parametrize("split_count", [1, 10])
def test_agrees_with_torch_fidelity_on_the_same_order(split_count):
    logits = drawn(500)
    order = np.random.default_rng(3).permutation(len(logits))
    expected = isc_features_to_metric(
        torch.from_numpy(logits[order]), splits=split_count, shuffle=False
    )
    score = inception_score(logits, split_count=split_count, seed=3)
    assert score.mean == pytest.approx(expected["inception_score_mean"], rel=1e-9)
    assert score.std == pytest.approx(expected["inception_score_std"], rel=1e-6, abs=1e-9)


def test_bounds():
    certain_and_even = np.tile(np.eye(10), (20, 1)) * 1e4
    assert inception_score(certain_and_even, split_count=1).mean == pytest.approx(10)
    always_the_same = np.tile(np.eye(10)[0], (200, 1)) * 1e4
    assert inception_score(always_the_same, split_count=1).mean == pytest.approx(1)
    assert inception_score(np.zeros((200, 10)), split_count=4).mean == pytest.approx(1)


def test_samples_in_the_order_of_their_classes_are_shuffled_before_the_split():
    sorted_by_class = np.repeat(np.eye(10), 100, axis=0) * 1e4
    score = inception_score(sorted_by_class, split_count=10)
    assert score.mean > 9
    assert score == inception_score(sorted_by_class, split_count=10)


def test_a_class_that_underflows_everywhere_stays_finite():
    logits = np.zeros((20, 3))
    logits[:, 2] = -1e5
    assert inception_score(logits, split_count=1).mean == pytest.approx(1)


def test_names_what_is_wrong():
    with pytest.raises(ValueError, match="logits must hold at least 10 samples, got 5"):
        inception_score(drawn(5))
    with pytest.raises(ValueError, match="split_count must be at least 1, got 0"):
        inception_score(drawn(5), split_count=0)
    with pytest.raises(ValueError, match="logits holds NaN or infinity"):
        inception_score(np.full((20, 2), np.nan))
