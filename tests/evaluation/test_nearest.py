import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from kizu.evaluation import distances
from kizu.evaluation.nearest import memorization, nearest_neighbors


def drawn(seed: int, count: int, width: int = 4, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1, (count, width))


@settings(max_examples=25)
@given(
    seed=st.integers(0, 999),
    references=st.integers(5, 40),
    queries=st.integers(1, 30),
    count=st.integers(1, 5),
    tile=st.sampled_from([(4, 4), (3, 9), (512, 4096)]),
)
def test_agrees_with_scikit_learn_whatever_the_tiles(seed, references, queries, count, tile):
    known, asked = drawn(seed, references), drawn(seed + 1000, queries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distances, "_ROWS", tile[0])
        patch.setattr(distances, "_COLUMNS", tile[1])
        found = nearest_neighbors(known, asked, count=count)
    expected, indices = NearestNeighbors(n_neighbors=count).fit(known).kneighbors(asked)
    np.testing.assert_allclose(found.distances, expected, rtol=1e-9)
    np.testing.assert_array_equal(found.indices, indices)


def closeness(train, real, generated):
    """`memorization` of samples."""
    return memorization(
        *(nearest_neighbors(train, each).distances[:, 0] for each in (real, generated))
    )


def test_copies_new_samples_and_noise_are_told_apart():
    train, real = drawn(0, 400), drawn(1, 400)
    copies = closeness(train, real, train[:100])
    honest = closeness(train, real, drawn(2, 400))
    noise = closeness(train, real, drawn(3, 400, shift=6.0))
    assert copies.nearer_share == 1.0
    assert copies.copied_share == 1.0
    assert copies.nearest_distance == 0.0
    assert honest.nearer_share == pytest.approx(0.5, abs=0.05)
    assert honest.copied_share == pytest.approx(0.01, abs=0.02)
    assert honest.nearest_distance == pytest.approx(honest.real_nearest_distance, rel=0.1)
    assert noise.nearer_share < 0.01
    assert noise.copied_share == 0.0


@given(seed=st.integers(0, 99), real=st.integers(1, 12), generated=st.integers(1, 12))
def test_the_share_of_pairs_pair_by_pair(seed, real, generated):
    random = np.random.default_rng(seed)
    train, new, made = (random.normal(size=(n, 2)) for n in (5, real, generated))
    # Some samples on both sides, and some copies: ties.
    made[: real // 2] = new[: len(made[: real // 2])]
    new[-1], made[-1] = train[0], train[1]
    of_new, of_made = (nearest_neighbors(train, each).distances[:, 0] for each in (new, made))
    pairs = [1.0 if n > m else 0.5 if n == m else 0.0 for n in of_new for m in of_made]
    assert memorization(of_new, of_made).nearer_share == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("count", [0, 6])
def test_as_many_neighbors_as_there_are(count):
    with pytest.raises(ValueError, match=rf"count must be in \[1, 5\], got {count}"):
        nearest_neighbors(torch.zeros(5, 2), torch.zeros(3, 2), count=count)
