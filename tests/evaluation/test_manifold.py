import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_fidelity.metric_prc import prc_features_to_metric

from kizu.evaluation import distances
from kizu.evaluation.manifold import balls_of, compare_balls, manifold_metrics


def distance(first, second):
    return np.sqrt(np.square(first - second).sum())


def radii(samples, neighbors):
    return [
        sorted(distance(sample, other) for j, other in enumerate(samples) if j != i)[neighbors - 1]
        for i, sample in enumerate(samples)
    ]


def naive(real, fake, k):
    """The papers' definitions, pair by pair."""
    real_radii, fake_radii = radii(real, k), radii(fake, k)
    to = [[distance(r, f) for f in fake] for r in real]
    every_real, every_fake = range(len(real)), range(len(fake))
    return (
        np.mean([any(to[i][j] <= real_radii[i] for i in every_real) for j in every_fake]),
        np.mean([any(to[i][j] <= fake_radii[j] for j in every_fake) for i in every_real]),
        sum(to[i][j] < real_radii[i] for i in every_real for j in every_fake) / (k * len(fake)),
        np.mean([any(to[i][j] < real_radii[i] for j in every_fake) for i in every_real]),
    )


def drawn(seed, count, width=3, shift=0.0, scale=1.0):
    return np.random.default_rng(seed).normal(shift, scale, (count, width))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    real_count=st.integers(7, 30),
    fake_count=st.integers(7, 30),
    neighbors=st.integers(1, 6),
    tile=st.sampled_from([(4, 4), (3, 9), (1, 2), (5, 50), (512, 4096)]),
)
def test_agrees_with_the_definitions_whatever_the_tiles(
    seed, real_count, fake_count, neighbors, tile
):
    real, fake = drawn(seed, real_count), drawn(seed + 1, fake_count, shift=0.5, scale=0.7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances, "_ROWS", tile[0])
        patch.setattr(distances, "_COLUMNS", tile[1])
        result = manifold_metrics(real, fake, neighbors=neighbors)
    np.testing.assert_allclose(result, naive(real, fake, neighbors), rtol=1e-12)


def test_precision_and_recall_agree_with_torch_fidelity():
    real, fake = drawn(0, 400, width=8), drawn(1, 300, width=8, scale=0.8)
    expected = prc_features_to_metric(
        torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=3, verbose=False
    )
    result = manifold_metrics(real, fake, neighbors=3)
    assert result.precision == pytest.approx(expected["precision"], abs=1e-6)
    assert result.recall == pytest.approx(expected["recall"], abs=1e-6)


@pytest.mark.parametrize("shift", [0.0, 1e6])
@pytest.mark.parametrize(("count", "width"), [(50, 3), (1101, 16), (4500, 7)])
def test_identical_sets_are_perfect(shift, count, width):
    """Density counts who is nearer than the k-th neighbor: not one bit may differ."""
    features = drawn(0, count, width=width, shift=shift)
    assert manifold_metrics(features, features.copy()) == (1.0, 1.0, 1.0, 1.0)


def test_sets_far_apart_share_nothing():
    assert manifold_metrics(drawn(0, 50), drawn(1, 50, shift=100)) == (0.0, 0.0, 0.0, 0.0)


def test_equal_distributions_have_density_one_and_the_coverage_of_theory():
    """Naeem et al. (2020), section 3.2: for N and N samples, whatever the distribution,
    coverage is expected to be 1 - (N-1)...(N-k) / (2N-1)...(2N-k).
    """
    result = manifold_metrics(drawn(0, 2000, width=8), drawn(1, 2000, width=8), neighbors=5)
    steps = np.arange(1, 6)
    assert result.density == pytest.approx(1, abs=0.05)
    assert result.coverage == pytest.approx(1 - np.prod((2000 - steps) / (4000 - steps)), abs=0.02)


def test_a_generator_that_repeats_training_samples_has_precision_and_lacks_coverage():
    """Its balls have radius zero, yet a copy lies in them: distances to copies are exactly 0."""
    real = drawn(0, 200, width=32, shift=50).astype(np.float32)
    copies = np.repeat(real[:5], 40, axis=0)

    result = manifold_metrics(real, copies)

    assert result.precision == 1
    assert result.recall == 5 / 200
    assert result.coverage < 0.5


def test_float32_and_tensors_give_the_same_as_float64_arrays():
    real, fake = drawn(0, 60).astype(np.float32), drawn(1, 50).astype(np.float32)
    wide = manifold_metrics(real.astype(np.float64), fake.astype(np.float64))
    assert manifold_metrics(torch.from_numpy(real), torch.from_numpy(fake)) == wide
    assert manifold_metrics(real, fake) == wide


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neighbors": 0}, "neighbors must be at least 1, got 0"),
        ({"neighbors": 10}, "generated must hold at least 11 samples, got 10"),
    ],
)
def test_names_what_is_wrong(options, message):
    with pytest.raises(ValueError, match=message):
        manifold_metrics(drawn(0, 20), drawn(1, 10), **options)


def test_balls_serve_several_comparisons():
    real, fakes = drawn(0, 600, width=8), [drawn(seed, 300, width=8) for seed in (1, 2)]
    balls = balls_of(real, neighbors=4)
    for fake in fakes:
        found = compare_balls(balls, balls_of(fake, neighbors=4, origin=balls.origin))
        assert found == manifold_metrics(real, fake, neighbors=4)


def test_balls_that_do_not_fit_together_are_refused():
    """The last bit of a distance, which the origin decides, puts a copy on the boundary or not."""
    real, fake = drawn(0, 20), drawn(1, 20)
    balls = balls_of(real, neighbors=5)
    with pytest.raises(ValueError, match="neighbors 5 and 3, origins equal"):
        compare_balls(balls, balls_of(fake, neighbors=3, origin=balls.origin))
    with pytest.raises(ValueError, match="origins that differ"):
        compare_balls(balls, balls_of(fake, neighbors=5))
