import numpy as np
import pytest
import torch
from torch_fidelity.metric_kid import kernel_mmd, kid_features_to_metric

from kizu.evaluation.kernel import kernel_distance


def drawn(seed, count, width=16, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, (count, width))


def test_agrees_with_torch_fidelity_on_the_same_subsets():
    first, second = drawn(0, 120), drawn(1, 90, shift=0.3)
    random = np.random.default_rng(7)
    expected = []
    for _ in range(20):
        rows = [random.permutation(len(each))[:50] for each in (first, second)]
        expected.append(kernel_mmd(first[rows[0]], second[rows[1]]))

    distance = kernel_distance(first, second, subset_count=20, subset_size=50, seed=7)

    assert distance.mean == pytest.approx(np.mean(expected), rel=1e-6)
    assert distance.std == pytest.approx(np.std(expected), rel=1e-6)


def test_agrees_with_torch_fidelity_end_to_end_where_a_subset_is_the_whole_set():
    first, second = drawn(0, 80), drawn(1, 80, shift=0.3)
    expected = kid_features_to_metric(
        torch.from_numpy(first),
        torch.from_numpy(second),
        kid_subsets=3,
        kid_subset_size=80,
        verbose=False,
    )
    distance = kernel_distance(first, second, subset_count=3, subset_size=80)
    assert distance.mean == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-6)
    assert distance.std == pytest.approx(0, abs=1e-12)


def test_agrees_with_the_definition_written_out():
    first, second = drawn(2, 6, width=3), drawn(3, 6, width=3)

    def kernel(x, y):
        return (x @ y / 3 + 1) ** 3

    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    within = sum(kernel(x[i], x[j]) for x in (first, second) for i, j in pairs) / len(pairs)
    across = np.mean([kernel(x, y) for x in first for y in second])
    distance = kernel_distance(first, second, subset_count=1, subset_size=6)
    assert distance.mean == pytest.approx(within - 2 * across, rel=1e-12)


def test_is_unbiased_around_zero_for_equal_distributions():
    estimates = [
        kernel_distance(
            drawn(seed, 40), drawn(1000 + seed, 40), subset_count=1, subset_size=40
        ).mean
        for seed in range(300)
    ]
    assert min(estimates) < 0 < max(estimates)
    assert abs(np.mean(estimates)) < 4 * np.std(estimates) / np.sqrt(len(estimates))


def test_the_seed_decides_the_subsets():
    first, second = drawn(0, 100), drawn(1, 100)
    options = {"subset_count": 5, "subset_size": 20}
    assert kernel_distance(first, second, **options) == kernel_distance(first, second, **options)
    assert kernel_distance(first, second, **options) != kernel_distance(
        first, second, **options, seed=1
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subset_size": 11}, "generated must hold at least 11 samples, got 10"),
        ({"subset_size": 1}, "subset_size at least 2, got 100 and 1"),
        ({"subset_count": 0}, "subset_count must be at least 1"),
    ],
)
def test_names_what_is_wrong(options, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(drawn(0, 20), drawn(1, 10), **options)
