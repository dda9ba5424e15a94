import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.evaluation.moments import StreamingMoments, moments


@given(
    sizes=st.lists(st.integers(1, 20), min_size=2, max_size=6),
    shift=st.sampled_from([0.0, 1e4, 1e8]),
    seed=st.integers(0, 2**32 - 1),
)
def test_batches_of_any_size_give_the_moments_of_the_whole(sizes, shift, seed):
    features = np.random.default_rng(seed).normal(shift, 1, (sum(sizes), 3))
    stream = StreamingMoments()
    for batch in np.split(features, np.cumsum(sizes)[:-1]):
        stream.update(batch)

    result = stream.result()

    assert result.sample_count == len(features)
    np.testing.assert_allclose(result.mean, features.mean(axis=0), rtol=1e-14, atol=1e-14)
    # NumPy's own second pass subtracts the mean; a sum of squares would be off by `shift`².
    np.testing.assert_allclose(
        result.covariance, np.cov(features, rowvar=False), rtol=1e-6, atol=1e-6
    )


def test_shifted_data_keep_their_covariance():
    """At a mean of 1e8 the textbook formula returns noise of the size of the answer."""
    features = np.random.default_rng(0).normal(0, 1, (10_000, 4))
    shifted = moments(features + 1e8).covariance
    np.testing.assert_allclose(shifted, np.cov(features, rowvar=False), atol=1e-7)


def test_merging_accumulators_equals_one_stream():
    features = np.random.default_rng(1).normal(5, 2, (300, 4))
    left, right = StreamingMoments().update(features[:70]), StreamingMoments()
    right.update(features[70:])

    merged = left.merge(right).merge(StreamingMoments()).result()

    np.testing.assert_allclose(merged.mean, features.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(merged.covariance, np.cov(features, rowvar=False), rtol=1e-12)
    assert merged.sample_count == 300


def test_merging_into_an_empty_accumulator_leaves_the_other_alone():
    source = StreamingMoments().update(np.random.default_rng(2).normal(size=(10, 2)))
    before = source.result()
    StreamingMoments().merge(source).update(np.ones((5, 2)))
    after = source.result()
    torch.testing.assert_close(after.mean, before.mean, rtol=0, atol=0)
    torch.testing.assert_close(after.covariance, before.covariance, rtol=0, atol=0)


def test_more_samples_than_a_block_in_half_precision_are_accumulated_in_float64():
    features = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0)).half()
    result = moments(features)
    assert result.covariance.dtype == torch.float64
    np.testing.assert_allclose(result.mean, features.double().mean(dim=0), atol=1e-15)


def test_more_features_than_a_strip_of_columns():
    features = np.random.default_rng(3).normal(size=(30, 1100))
    covariance = moments(features).covariance
    np.testing.assert_allclose(covariance, np.cov(features, rowvar=False), rtol=1e-12, atol=1e-14)


def test_a_single_sample_has_no_covariance():
    stream = StreamingMoments().update(np.ones((1, 3)))
    with pytest.raises(ValueError, match="at least 2 samples, got 1"):
        stream.result()
    assert stream.update(np.ones((1, 3))).result().sample_count == 2


def test_names_what_is_wrong():
    with pytest.raises(ValueError, match="at least 2 samples, got 0"):
        StreamingMoments().result()
    with pytest.raises(ValueError, match="features must hold at least 1 samples, got 0"):
        StreamingMoments().update(np.empty((0, 3)))
    with pytest.raises(ValueError, match="features must keep one width, got 2 after 3"):
        StreamingMoments().update(np.ones((1, 3))).update(np.ones((1, 2)))
    with pytest.raises(ValueError, match="features holds NaN or infinity in 1 of 1 samples"):
        StreamingMoments().update(np.array([[np.nan]]))
