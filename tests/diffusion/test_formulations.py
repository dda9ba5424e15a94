import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.diffusion.denoisers import clipped, denoiser, guided
from kizu.diffusion.formulations import Preconditioned, VariancePreserving
from kizu.diffusion.levels import NoiseLevel, add_noise, variance_preserving
from kizu.diffusion.predictions import PREDICTIONS, convert
from kizu.diffusion.schedules import build_schedule
from kizu.diffusion.weights import WEIGHTINGS, loss_weight

SCHEDULE = build_schedule("cosine", 100)
FORMULATIONS = {
    **{name: VariancePreserving(SCHEDULE, name) for name in PREDICTIONS},
    "edm": Preconditioned(),
}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pair():
    return (torch.randn(6, 2, 3, 3, generator=generator(seed)).double() for seed in (1, 2))


@pytest.mark.parametrize("source", PREDICTIONS)
@pytest.mark.parametrize("target", PREDICTIONS)
def test_predictions_convert_into_each_other(source, target):
    clean, noise = pair()
    level = SCHEDULE.level(40)
    noisy = add_noise(clean, noise, level)
    output = PREDICTIONS[source].target(clean, noise, level)
    expected = PREDICTIONS[target].target(clean, noise, level)
    torch.testing.assert_close(convert(output, noisy, level, source, target), expected)


@pytest.mark.parametrize("name", PREDICTIONS)
def test_the_error_ratio_is_that_of_the_two_errors(name):
    clean, noise = pair()
    level, prediction = SCHEDULE.level(30), PREDICTIONS[name]
    noisy = add_noise(clean, noise, level)
    target = prediction.target(clean, noise, level)
    wrong = target + 0.1 * noise.flip(0)
    error = (prediction.clean(wrong, noisy, level) - clean).square().mean()
    ratio = (wrong - target).square().mean() / error
    torch.testing.assert_close(prediction.error_ratio(level.snr), ratio)


@given(snr=st.floats(1e-6, 1e6), gamma=st.floats(0.5, 20))
def test_weights_mean_the_same_whatever_is_predicted(snr, gamma):
    ratio = torch.tensor(snr, dtype=torch.float64)
    for weighting, expected in (
        ("min_snr", min(snr, gamma)),
        ("soft_min_snr", 1 / (1 / snr + 1 / gamma)),
    ):
        for name, prediction in PREDICTIONS.items():
            weight = loss_weight(weighting, name, ratio, gamma) * prediction.error_ratio(ratio)
            assert float(weight) == pytest.approx(expected)
    assert loss_weight("simple", "noise", ratio, gamma) == 1


@pytest.mark.parametrize("name", FORMULATIONS)
def test_a_perfect_network_has_no_loss_and_gives_the_image_back(name):
    """The network that puts out its own target, worked out for each formulation by hand."""
    formulation = FORMULATIONS[name]
    clean, noise = (values.float() for values in pair())
    level = formulation.draw_levels(6, generator())
    sigma, std = level.sigma, 0.5
    unit = variance_preserving(sigma)
    targets = {
        "noise": noise,
        "clean": clean,
        "velocity": unit.signal * noise - unit.noise * clean,
        "edm": (clean * sigma - std**2 * noise) / (std * (sigma**2 + std**2).sqrt()),
    }
    inputs = {}

    def perfect(images, times, labels):
        inputs.update(images=images, times=times)
        return targets[name]

    losses = formulation.losses(perfect, clean, noise, level)
    torch.testing.assert_close(losses, torch.zeros(6), atol=1e-6, rtol=0)
    expected_times = 250 * sigma.log() if name == "edm" else 10 * SCHEDULE.time(sigma)
    torch.testing.assert_close(inputs["times"], expected_times.flatten())
    expected_scale = (sigma**2 + (0.25 if name == "edm" else 1)).rsqrt()
    torch.testing.assert_close(inputs["images"], expected_scale * (clean + sigma * noise))
    for factor in (1.0, 3.0):  # any scaling of a level is the same level
        other = NoiseLevel(factor * level.signal, factor * level.noise)
        noisy = add_noise(clean, noise, other)
        estimate = formulation.denoise(perfect, noisy, other)
        torch.testing.assert_close(estimate, clean, atol=0.02, rtol=0)


def test_edm_is_weighted_as_published():
    """Karras et al. 2022, equation 2 and table 1: lambda(sigma) times the error of D."""
    formulation = Preconditioned()
    clean, noise = (values.float() for values in pair())
    level = formulation.draw_levels(6, generator())

    def network(images, times, labels):
        return images.flip(3)

    losses = formulation.losses(network, clean, noise, level)
    estimate = formulation.denoise(network, add_noise(clean, noise, level), level)
    weight = (level.sigma**2 + 0.25) / (level.sigma * 0.5) ** 2
    expected = (weight * (estimate - clean).square()).flatten(1).mean(1)
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_losses_are_weighted_by_image(weighting):
    formulation = VariancePreserving(SCHEDULE, "velocity", weighting, gamma=3.0)
    clean, noise = (values.float() for values in pair())
    level = formulation.draw_levels(6, generator())

    def network(images, times, labels):
        return torch.zeros_like(images)

    losses = formulation.losses(network, clean, noise, level)
    target = level.signal * noise - level.noise * clean
    weight = loss_weight(weighting, "velocity", level.snr, 3.0).flatten()
    torch.testing.assert_close(losses, weight * target.square().flatten(1).mean(1))


def test_draws_cover_all_timesteps_evenly():
    formulation = VariancePreserving(SCHEDULE)
    level = formulation.draw_levels(100, generator())
    times = SCHEDULE.time(level.sigma).flatten().sort().values
    torch.testing.assert_close(times, torch.arange(1.0, 101.0), atol=0.01, rtol=0)
    counts = torch.zeros(101)
    for seed in range(300):
        drawn = SCHEDULE.time(formulation.draw_levels(3, generator(seed)).sigma).flatten()
        counts += torch.bincount(drawn.round().long(), minlength=101)
    assert counts[0] == 0
    assert counts[1:].max() < 30  # 9 each on average


def test_edm_draws_log_normal_sigmas():
    sigmas = Preconditioned().draw_levels(4000, generator()).sigma.log()
    assert float(sigmas.mean()) == pytest.approx(-1.2, abs=0.02)
    assert float(sigmas.std()) == pytest.approx(1.2, abs=0.02)


class Shift(torch.nn.Module):
    """Predicts the clean image to be the label, 9 for none."""

    def forward(self, images, times, labels):
        return labels.view(-1, 1, 1, 1).expand_as(images).float()


def test_guidance_goes_past_the_conditional_estimate():
    formulation, level = FORMULATIONS["clean"], SCHEDULE.level(50)
    labels, noisy = torch.tensor([1, 2]), torch.randn(2, 1, 2, 2, generator=generator())
    for scale in (0.0, 1.0, 3.0):
        estimate = guided(formulation, Shift(), labels, 9, scale)(noisy, level)
        expected = 9 + scale * (labels - 9.0)
        torch.testing.assert_close(estimate[:, 0, 0, 0], expected)
    plain = denoiser(formulation, Shift(), labels)
    assert torch.equal(plain(noisy, level)[:, 0, 0, 0], labels.float())
    assert torch.equal(clipped(plain)(noisy, level)[:, 0, 0, 0], torch.ones(2))


def test_one_level_serves_a_batch_on_the_host_and_per_image():
    formulation = FORMULATIONS["velocity"]
    seen = []

    def network(images, times, labels):
        seen.append(times)
        return images

    noisy = torch.randn(3, 1, 2, 2, generator=generator())
    one = formulation.denoise(network, noisy, SCHEDULE.level(77))
    each = formulation.denoise(network, noisy, SCHEDULE.levels(torch.full((3,), 77)))
    torch.testing.assert_close(one, each)
    torch.testing.assert_close(seen[0], torch.full((3,), 770.0))
    torch.testing.assert_close(seen[1], seen[0])
    assert one.dtype == torch.float32
    assert math.isfinite(float(one.sum()))
