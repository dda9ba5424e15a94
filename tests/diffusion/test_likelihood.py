import itertools
import math

import pytest
import torch

from kizu.diffusion.likelihood import (
    denoising_errors,
    discretized_log_likelihood,
    variational_bound,
)
from kizu.diffusion.schedules import NoiseSchedule, build_schedule

LINEAR = build_schedule("linear", 1000)


def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("std", [0.003, 0.1, 2.0])
def test_the_probabilities_of_all_levels_add_up(std):
    levels = (torch.arange(256, dtype=torch.float64) / 127.5 - 1).view(-1, 1, 1, 1)
    for mean in (-1.5, -0.3, 0.98):
        logs = discretized_log_likelihood(
            levels, torch.full_like(levels, mean), torch.tensor(std, dtype=torch.float64)
        )
        assert float(logs.exp().sum()) == pytest.approx(1)
        assert not logs.isnan().any()


def test_far_tails_keep_their_logarithm_in_single_precision():
    image, mean = torch.zeros(1, 1, 1, 1), torch.full((1, 1, 1, 1), 0.9)
    log = float(discretized_log_likelihood(image, mean, torch.tensor(0.05)))
    edge = (0.9 - 1 / 255) / 0.05
    tail = -(edge**2) / 2 - math.log(edge * math.sqrt(2 * math.pi))
    assert log == pytest.approx(tail, abs=0.1)


def normal_images(gaussian, count=4000):
    """Normal data on the 256 levels; the few beyond the range are at its ends."""
    levels = ((gaussian.normal(count) * gaussian.STD + 1) * 127.5).round().clamp(0, 255)
    return levels / 127.5 - 1


def test_the_bound_of_the_best_denoiser_comes_close_to_the_entropy(gaussian):
    images = normal_images(gaussian)
    exact = discretized_log_likelihood(
        images, torch.zeros_like(images), torch.tensor(gaussian.STD, dtype=torch.float64)
    )
    entropy = -float(exact.mean()) / math.log(2)
    totals = []
    for steps in (10, 40, 400):  # ever finer chains between the same two levels
        sigmas = torch.logspace(-2, 2, steps, dtype=torch.float64)
        schedule = NoiseSchedule(torch.cat((torch.ones(1), 1 / (1 + sigmas**2))))
        bound = variational_bound(gaussian.optimal, images, schedule.walk(steps), generator())
        totals.append(float(bound.total.mean()))
    assert totals[0] > totals[1] > totals[2] > entropy
    # 0.2 of it for the ends of the range, where levels merge what the denoiser tells apart.
    assert totals[2] < entropy + 0.35


def test_transitions_are_divergences_of_normal_distributions(gaussian):
    """The terms of Ho et al. 2020, equation 5, by torch's own closed form."""
    images, walk = normal_images(gaussian, 200), LINEAR.walk(3)
    bound = variational_bound(gaussian.optimal, images, walk, generator())
    draws, expected = generator(), []
    for level, following in itertools.pairwise(walk[:-1]):
        noisy = level.signal * images + level.noise * torch.randn(images.shape, generator=draws)
        ratio = level.signal / following.signal
        added = level.noise**2 - (ratio * following.noise) ** 2
        share = following.noise**2 / level.noise**2
        spread = (added * share).sqrt().expand_as(images)

        def posterior(
            clean, noisy=noisy, r=ratio, s=share, a=added, f=following, n=level, w=spread
        ):
            return torch.distributions.Normal(r * s * noisy + f.signal * a / n.noise**2 * clean, w)

        true, model = posterior(images), posterior(gaussian.optimal(noisy, level))
        expected.append(torch.distributions.kl_divergence(true, model).flatten(1).mean(1))
    torch.testing.assert_close(bound.transitions * math.log(2), torch.stack(expected, 1))
    last = walk[0]
    prior = torch.distributions.kl_divergence(
        torch.distributions.Normal(last.signal * images, last.noise),
        torch.distributions.Normal(torch.zeros(1, dtype=torch.float64), 1.0),
    )
    torch.testing.assert_close(bound.prior * math.log(2), prior.flatten())


def test_errors_of_the_best_denoiser_are_the_posterior_variance(gaussian):
    images = gaussian.normal(20_000) * gaussian.STD
    levels = [LINEAR.level(timestep) for timestep in (50, 500, 900)]
    errors = denoising_errors(gaussian.optimal, images, levels, generator()).mean(0)
    expected = torch.stack([1 / (1 / gaussian.STD**2 + level.snr) for level in levels])
    torch.testing.assert_close(errors, expected, rtol=0.03, atol=0)
