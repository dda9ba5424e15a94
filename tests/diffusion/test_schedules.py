import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.diffusion.schedules import SCHEDULES, NoiseSchedule, build_schedule
from kizu.diffusion.spacing import SPACINGS, karras_sigmas, spaced_timesteps


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("timesteps", [1, 7, 50, 1000])
def test_levels_fall_from_the_image_to_almost_noise(name, timesteps):
    schedule = build_schedule(name, timesteps)
    assert schedule.timesteps == timesteps
    assert schedule.level(0) == (1, 0)
    sigmas = torch.stack([schedule.level(t).sigma for t in range(timesteps + 1)])
    assert (sigmas.diff() > 0).all()
    assert sigmas.isfinite().all()
    if timesteps >= 50:
        assert schedule.level(timesteps).signal < 0.08


def test_linear_is_the_published_product():
    betas = np.linspace(1e-4, 0.02, 1000)
    schedule = build_schedule("linear", 1000)
    np.testing.assert_allclose(schedule.betas.numpy(), betas, rtol=1e-9)
    assert float(schedule.alpha_bar[-1]) == pytest.approx(4.036e-5, rel=1e-3)


def test_scaled_linear_is_linear_in_the_root():
    roots = build_schedule("scaled_linear", 1000).betas.sqrt()
    assert float(roots[0]) == pytest.approx(0.00085**0.5)
    assert float(roots[-1]) == pytest.approx(0.012**0.5)
    torch.testing.assert_close(roots.diff(), roots.diff()[:1].expand(999), rtol=1e-6, atol=0)


def test_cosine_has_signal_left_at_the_end():
    """Its curve is zero there; the limit on beta keeps sigma finite and the estimate usable."""
    schedule = build_schedule("cosine", 1000)
    assert float(schedule.betas[-1]) == pytest.approx(0.999)
    assert (schedule.betas[:-1] < 0.999).all()
    end = schedule.level(1000)
    clean, noise = torch.full((4,), 0.7), torch.linspace(-2, 2, 4)
    noisy = end.signal * clean + end.noise * noise
    # In single precision, from the end of the process.
    torch.testing.assert_close((noisy - end.noise * noise) / end.signal, clean, rtol=0.01, atol=0)
    middle = math.cos((0.5 + 0.008) / 1.008 * math.pi / 2) / math.cos(0.008 / 1.008 * math.pi / 2)
    assert float(schedule.level(500).signal) == pytest.approx(middle, rel=1e-9)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_sde_reaches_the_levels_of_the_timesteps(name):
    """Song et al. 2021, equation 29: the marginal after the integral of beta."""
    schedule = build_schedule(name, 100)
    integral = schedule.rates.cumsum(0)
    for timestep in (1, 37, 100):
        level = schedule.level(timestep)
        assert float(level.signal) == pytest.approx(math.exp(-integral[timestep - 1] / 2))
        assert float(level.noise) ** 2 == pytest.approx(-math.expm1(-integral[timestep - 1]))


@pytest.mark.parametrize("name", SCHEDULES)
def test_time_is_the_inverse_of_the_levels_and_monotone_between(name):
    schedule = build_schedule(name, 60)
    times = torch.arange(1, 61)
    sigmas = torch.stack([schedule.level(int(t)).sigma for t in times])
    torch.testing.assert_close(schedule.time(sigmas), times.double(), rtol=1e-9, atol=1e-9)
    between = schedule.time((sigmas[:-1] * sigmas[1:]).sqrt())
    torch.testing.assert_close(between, times[:-1] + 0.5, check_dtype=False)
    assert schedule.time(sigmas[0] / 2) == 1
    assert schedule.time(sigmas[-1] * 2) == 60
    batch = schedule.levels(times)
    assert batch.signal.shape == (60, 1, 1, 1)
    torch.testing.assert_close(batch.sigma.flatten(), sigmas.float(), rtol=1e-3, atol=0)


@given(data=st.data(), start=st.integers(1, 1000), spacing=st.sampled_from(sorted(SPACINGS)))
def test_walks_have_the_steps_asked_for_whatever_divides_what(data, start, spacing):
    steps = data.draw(st.integers(1, start))
    timesteps = spaced_timesteps(start, steps, spacing)
    assert len(timesteps) == steps + 1
    assert timesteps[0] == start
    assert timesteps[-1] == 0
    assert all(high > low for high, low in itertools.pairwise(timesteps))


def test_uneven_steps_are_within_one_of_each_other():
    timesteps = spaced_timesteps(1000, 7)
    assert timesteps == [1000, 857, 714, 571, 429, 286, 143, 0]
    assert spaced_timesteps(100, 5, "quadratic") == [100, 64, 36, 16, 4, 0]


@pytest.mark.parametrize("steps", [3, 7, 999])
def test_a_walk_starts_at_the_noise_of_the_start(steps):
    schedule = build_schedule("linear", 1000)
    assert schedule.walk(steps)[0] == schedule.level(1000)
    assert len(schedule.walk(steps)) == steps + 1
    assert schedule.walk(2, start=500)[0] == schedule.level(500)
    assert schedule.walk(2)[-1] == (1, 0)


def test_karras_sigmas_against_the_equation():
    sigmas = karras_sigmas(3, 0.002, 80)
    middle = ((80 ** (1 / 7) + 0.002 ** (1 / 7)) / 2) ** 7
    np.testing.assert_allclose(sigmas, [80, middle, 0.002, 0])
    walk = build_schedule("cosine", 100).karras_walk(6)
    assert len(walk) == 7
    assert float(walk[0].sigma) == pytest.approx(
        float(build_schedule("cosine", 100).level(100).sigma)
    )
    assert walk[-1] == (1, 0)


def test_names_what_is_wrong():
    schedule = build_schedule("linear", 100)
    with pytest.raises(ValueError, match="schedule='cubic' is not one of: linear, scaled_linear"):
        build_schedule("cubic", 10)
    with pytest.raises(ValueError, match="timesteps=0 must be at least 1"):
        build_schedule("linear", 0)
    with pytest.raises(ValueError, match="steps=101 must be at least 1 and at most the 100"):
        schedule.walk(101)
    with pytest.raises(ValueError, match="steps=0"):
        schedule.walk(0)
    with pytest.raises(ValueError, match=r"steps=51 .* at most the 50"):
        schedule.walk(51, start=50)
    with pytest.raises(ValueError, match=r"start=101 must be in \[1, 100\]"):
        schedule.walk(2, start=101)
    with pytest.raises(ValueError, match=r"timestep=101 must be in \[0, 100\]"):
        schedule.level(101)
    with pytest.raises(ValueError, match="spacing='log' is not one of: uniform, quadratic"):
        schedule.walk(2, "log")
    with pytest.raises(ValueError, match="alpha_bar must start at 1"):
        NoiseSchedule(torch.tensor([1.0, 0.5, 0.5]))
    with pytest.raises(ValueError, match="0 < sigma_min < sigma_max"):
        karras_sigmas(3, 2.0, 1.0)
