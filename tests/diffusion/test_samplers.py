import itertools
from functools import partial

import numpy as np
import pytest
import torch

from kizu.diffusion.denoisers import clipped, inpainting
from kizu.diffusion.levels import NoiseLevel, add_noise, noise_between
from kizu.diffusion.samplers import ddim, ddpm, dpm_solver, heun, initial_noise
from kizu.diffusion.schedules import SCHEDULES, build_schedule

LINEAR = build_schedule("linear", 1000)
COUNT = 20_000


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


def std(sampler, walk, gaussian, count=COUNT):
    noisy = walk[0].noise * gaussian.normal(count)
    return float(sampler(gaussian.optimal, noisy, walk).std())


def exact_ddim_std(timesteps, gaussian, alpha_bar=LINEAR.alpha_bar):
    """DDIM on normal data is a product of numbers; Song et al. 2021, equation 12, by hand."""
    value = 1.0
    for t, u in itertools.pairwise(timesteps):
        a, b = float(alpha_bar[t]), float(alpha_bar[u])
        total = a * gaussian.STD**2 + 1 - a
        value *= (b * a) ** 0.5 * gaussian.STD**2 / total + ((1 - b) * (1 - a)) ** 0.5 / total
    return value


@pytest.mark.parametrize(("steps", "reference"), [(10, 0.372), (50, 0.469), (1000, 0.495)])
def test_ddim_on_normal_data_gives_the_reference_values(steps, reference, gaussian):
    """The deterministic sampler (eta 0) on the linear schedule of 1000 timesteps.

    The reference was sampled with the common spacing 1, 1 + c, 1 + 2c, ... from a draw of noise
    whose own standard deviation was 0.6% short of 1, a factor that all three values share. Ours
    start at T instead, at the noise that pure noise has.
    """
    ours = exact_ddim_std([round(1000 * i / steps) for i in range(steps, -1, -1)], gaussian)
    assert ours == pytest.approx(reference, abs=0.004)
    sampled = std(ddim, LINEAR.walk(steps), gaussian, 1000)
    assert sampled == pytest.approx(ours * float(LINEAR.level(1000).noise), rel=1e-3)
    common = [*range(1001 - 1000 // steps, 0, -1000 // steps), 0]
    assert exact_ddim_std(common, gaussian) * 0.9935 == pytest.approx(reference, abs=0.0011)


SAMPLERS = {
    "ddpm lower": (lambda: partial(ddpm, generator=generator()), LINEAR.walk),
    "ddpm upper": (lambda: partial(ddpm, generator=generator(), variance="upper"), LINEAR.walk),
    "ddim": (lambda: ddim, LINEAR.walk),
    "ddim quadratic": (lambda: ddim, partial(LINEAR.walk, spacing="quadratic")),
    "ddim eta 0.5": (lambda: partial(ddim, eta=0.5, generator=generator()), LINEAR.walk),
    "heun": (lambda: heun, LINEAR.karras_walk),
    "heun churn": (lambda: partial(heun, churn=20, generator=generator()), LINEAR.karras_walk),
    "dpm_solver": (lambda: dpm_solver, LINEAR.walk),
    "dpm_solver karras": (lambda: dpm_solver, LINEAR.karras_walk),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_converges_to_the_true_standard_deviation(name, gaussian):
    build, walk = SAMPLERS[name]
    coarse, fine = (abs(std(build(), walk(steps), gaussian) - 0.5) for steps in (10, 1000))
    assert fine < 0.006
    assert fine < coarse


def test_second_order_methods_converge_quadratically(gaussian):
    """Ten times the steps: a tenth of DDIM's error, about a hundredth of Heun's."""

    def errors(sampler):
        # Against the exact flow from the first level to the image, which scales normal data.
        walks = [LINEAR.karras_walk(steps) for steps in (20, 200)]
        first = walks[0][0]
        total = float((first.signal**2 * gaussian.STD**2 + first.noise**2).sqrt())
        noisy = torch.ones(1, 1, 1, 1, dtype=torch.float64)
        exact = gaussian.STD / total
        return [abs(float(sampler(gaussian.optimal, noisy, walk)) - exact) for walk in walks]

    coarse, fine = errors(ddim)
    assert 5 < coarse / fine < 15
    for sampler in (heun, dpm_solver):
        second_coarse, second_fine = errors(sampler)
        assert second_coarse < coarse / 2.5
        assert second_coarse / second_fine > 30


@pytest.mark.parametrize("steps", [1, 3, 7, 10])
def test_ddim_with_full_eta_is_ancestral_sampling(steps, gaussian):
    walk = build_schedule("cosine", 10).walk(steps)
    noisy = gaussian.normal(50)
    torch.testing.assert_close(
        ddim(gaussian.optimal, noisy, walk, eta=1.0, generator=generator()),
        ddpm(gaussian.optimal, noisy, walk, generator()),
    )


def test_an_ancestral_step_is_the_published_one(gaussian):
    """Ho et al. 2020, algorithm 2, in alpha and beta, without the noise of a last step."""
    schedule = build_schedule("linear", 1)
    schedule.alpha_bar[1] = 0.3
    walk, noisy = schedule.walk(1), gaussian.normal(20)
    eps = noise_between(noisy, gaussian.optimal(noisy, walk[0]), walk[0])
    mean = (noisy - (1 - 0.3) / (1 - 0.3) ** 0.5 * eps) / 0.3**0.5
    for variance in ("lower", "upper"):
        torch.testing.assert_close(ddpm(gaussian.optimal, noisy, walk, generator(), variance), mean)


def test_dpm_solver_of_one_step_is_ddim(gaussian):
    walk, noisy = LINEAR.walk(1, start=400), gaussian.normal(20)
    torch.testing.assert_close(
        dpm_solver(gaussian.optimal, noisy, walk), ddim(gaussian.optimal, noisy, walk)
    )


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_first_call_is_made_at_the_level_of_the_noise(name, gaussian):
    """Steps that do not divide T; nothing is skipped at the start, nothing called at the end."""
    build, walk = SAMPLERS[name]
    seen = []

    def spy(noisy, level):
        seen.append((float(level.sigma), float((noisy / level.signal).std())))
        return gaussian.optimal(noisy, level)

    std(build(), walk(7), SimpleGaussian(spy, gaussian))
    sigma, carried = seen[0]
    assert carried == pytest.approx(sigma, rel=0.02)
    churned = 1 + min(20 / 7, 2**0.5 - 1) if name == "heun churn" else 1
    assert sigma == pytest.approx(float(LINEAR.level(1000).sigma) * churned)
    assert len(seen) == (13 if name.startswith("heun") else 7)
    assert all(sigma > 0 for sigma, _ in seen)


class SimpleGaussian:
    """The normal data with another denoiser."""

    def __init__(self, optimal, gaussian):
        self.optimal, self.normal = optimal, gaussian.normal


@pytest.mark.parametrize("name", SAMPLERS)
def test_samples_depend_on_noise_and_generator_alone(name, gaussian):
    build, walk = SAMPLERS[name]
    noisy = gaussian.normal(30)
    before = noisy.clone()
    torch.manual_seed(0)
    first = build()(gaussian.optimal, noisy, walk(5))
    torch.manual_seed(1)
    assert torch.equal(first, build()(gaussian.optimal, noisy, walk(5)))
    assert torch.equal(noisy, before)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_single_precision_stays_finite_from_the_end_of_every_schedule(name, schedule, gaussian):
    build, _ = SAMPLERS[name]
    process = build_schedule(schedule, 1000)
    walk = process.karras_walk(12) if "karras" in name or "heun" in name else process.walk(12)
    noisy = initial_noise((64, 1, 1, 1), walk[0], generator())
    samples = build()(clipped(gaussian.optimal), noisy, walk)
    assert samples.dtype == torch.float32
    assert samples.abs().max() <= 1


@pytest.mark.parametrize("name", ["ddpm lower", "ddim", "heun", "dpm_solver"])
def test_clipping_moves_the_noise_along(name):
    """A denoiser far out of range, clipped, must act exactly like one that says 1.

    Keeping the noise of the estimate before clipping would not.
    """
    build, walk = SAMPLERS[name]

    def far(noisy, level):
        return torch.full_like(noisy, 3.0)

    def edge(noisy, level):
        return torch.ones_like(noisy)

    noisy = torch.randn(8, 1, 1, 1, dtype=torch.float64, generator=generator())
    torch.testing.assert_close(
        build()(clipped(far), noisy, walk(5)), build()(edge, noisy, walk(5)), rtol=0, atol=0
    )
    torch.testing.assert_close(build()(clipped(far), noisy, walk(5)), torch.ones_like(noisy))


def test_noise_derived_again_after_clipping_belongs_to_the_picture():
    level = LINEAR.level(300)
    noisy = torch.randn(5, 1, 2, 2, generator=generator())
    clean = noisy.clamp(-1, 1)
    torch.testing.assert_close(add_noise(clean, noise_between(noisy, clean, level), level), noisy)


@pytest.mark.parametrize("name", SAMPLERS)
def test_known_pixels_stay_and_the_rest_is_sampled(name, gaussian):
    build, walk = SAMPLERS[name]
    known = torch.linspace(-1, 1, 60, dtype=torch.float64).view(60, 1, 1, 1).expand(60, 1, 1, 2)
    mask = torch.tensor([True, False])
    noisy = gaussian.normal(120).view(60, 1, 1, 2)
    filled = build()(inpainting(gaussian.optimal, known, mask), noisy, walk(20))
    torch.testing.assert_close(filled[..., 0], known[..., 0])
    free = build()(gaussian.optimal, noisy, walk(20))
    torch.testing.assert_close(filled[..., 1], free[..., 1])


def test_initial_noise_is_that_of_the_level():
    level = LINEAR.level(400)
    noise = initial_noise((5000, 1, 1, 1), level, generator())
    assert float(noise.std()) == pytest.approx(float(level.noise), rel=0.03)


def test_names_what_is_wrong(gaussian):
    noisy = gaussian.normal(3)
    walk = LINEAR.walk(4)
    with pytest.raises(ValueError, match=r"eta=1.5 must be in \[0, 1\]"):
        ddim(gaussian.optimal, noisy, walk, eta=1.5)
    with pytest.raises(ValueError, match=r"eta=0\.5 adds noise; pass a generator"):
        ddim(gaussian.optimal, noisy, walk, eta=0.5)
    with pytest.raises(ValueError, match="churn=3 adds noise; pass a generator"):
        heun(gaussian.optimal, noisy, walk, churn=3)
    with pytest.raises(ValueError, match="churn=-1 must not be negative"):
        heun(gaussian.optimal, noisy, walk, churn=-1)
    for broken in (walk[:-1], walk[::-1], walk[-1:], []):
        with pytest.raises(ValueError, match="must fall to 0"):
            ddim(gaussian.optimal, noisy, broken)


def test_levels_of_both_views_agree():
    level = LINEAR.level(500)
    assert float(level.snr) == pytest.approx(1 / float(level.sigma) ** 2)
    np.testing.assert_allclose(float(level.signal) ** 2 + float(level.noise) ** 2, 1)
    exploding = NoiseLevel(torch.ones(()), level.sigma)
    assert float(exploding.snr) == pytest.approx(float(level.snr))
