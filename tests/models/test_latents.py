import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kizu.models.latents import truncated_normal


def draw(count, dim, truncation, seed=0):
    return truncated_normal(count, dim, truncation, torch.Generator().manual_seed(seed))


@settings(max_examples=25, deadline=None)
@given(truncation=st.floats(1e-3, 50), seed=st.integers(0, 1000))
def test_no_value_is_beyond_the_truncation(truncation, seed):
    latents = draw(50, 7, truncation, seed)
    assert latents.shape == (50, 7)
    assert latents.isfinite().all()
    assert latents.abs().max() <= torch.tensor(truncation)


@pytest.mark.parametrize("truncation", [0.5, 1.0, 2.0])
def test_distribution_is_the_truncated_normal(truncation):
    latents = draw(200, 100, truncation).flatten().numpy()
    result = stats.kstest(latents, stats.truncnorm(-truncation, truncation).cdf)
    assert result.pvalue > 0.01


def test_a_wide_truncation_is_the_normal_distribution():
    latents = draw(200, 100, 40.0)
    assert abs(latents.mean()) < 4 / math.sqrt(20_000)
    assert abs(latents.std() - 1) < 0.02


def test_draws_depend_on_the_generator_alone():
    assert torch.equal(draw(3, 4, 0.7), draw(3, 4, 0.7))
    assert not torch.equal(draw(3, 4, 0.7), draw(3, 4, 0.7, seed=1))


@pytest.mark.parametrize("truncation", [0, -1, math.nan])
def test_impossible_truncations_are_refused(truncation):
    with pytest.raises(ValueError, match=r"truncation=.* must be above 0"):
        draw(2, 2, truncation)
