import inspect
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.objectives.adversarial import ADVERSARIAL, RELATIVISTIC

logits = st.lists(st.floats(-30, 30), min_size=1, max_size=8)
pairs = st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=1, max_size=8)


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))


def mean(values) -> float:
    values = list(values)
    return math.fsum(values) / len(values)


def binary_cross_entropy(x: float, target: float) -> float:
    return -target * log_sigmoid(x) - (1 - target) * log_sigmoid(-x)


# discriminator(real, fake) and generator(fake), as the papers write them.
DEFINITIONS = {
    "hinge": (
        lambda real, fake: mean(max(0, 1 - x) for x in real) + mean(max(0, 1 + x) for x in fake),
        lambda fake: -mean(fake),
    ),
    "cross_entropy": (
        lambda real, fake: -mean(map(log_sigmoid, real)) - mean(log_sigmoid(-x) for x in fake),
        lambda fake: -mean(map(log_sigmoid, fake)),
    ),
    "saturating": (
        lambda real, fake: -mean(map(log_sigmoid, real)) - mean(log_sigmoid(-x) for x in fake),
        lambda fake: mean(log_sigmoid(-x) for x in fake),
    ),
    "least_squares": (
        lambda real, fake: (mean((x - 1) ** 2 for x in real) + mean(x**2 for x in fake)) / 2,
        lambda fake: mean((x - 1) ** 2 for x in fake) / 2,
    ),
    "wasserstein": (lambda real, fake: mean(fake) - mean(real), lambda fake: -mean(fake)),
}

# discriminator(real, fake); the generator's side exchanges the roles.
RELATIVISTIC_DEFINITIONS = {
    "relativistic": lambda real, fake: (
        -mean(log_sigmoid(r - f) for r, f in zip(real, fake, strict=True))
    ),
    "relativistic_average": lambda real, fake: (
        -mean(log_sigmoid(r - mean(fake)) for r in real)
        - mean(log_sigmoid(mean(real) - f) for f in fake)
    ),
}


def double(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("name", ADVERSARIAL)
@given(real=logits, fake=logits)
def test_against_the_definition(name, real, fake):
    objective, (discriminator, generator) = ADVERSARIAL[name], DEFINITIONS[name]
    close = {"rel": 1e-6, "abs": 1e-9}
    expected = pytest.approx(discriminator(real, fake), **close)
    assert objective.discriminator(double(real), double(fake)).item() == expected
    assert objective.generator(double(fake)).item() == pytest.approx(generator(fake), **close)


@pytest.mark.parametrize("name", RELATIVISTIC)
@given(given=pairs)
def test_relativistic_against_the_definition(name, given):
    real, fake = zip(*given, strict=True)
    objective, definition = RELATIVISTIC[name], RELATIVISTIC_DEFINITIONS[name]
    for ours, expected in (
        (objective.discriminator(double(real), double(fake)), definition(real, fake)),
        (objective.generator(double(real), double(fake)), definition(fake, real)),
    ):
        assert ours.item() == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["cross_entropy", "saturating", "least_squares"])
@given(real=logits, fake=logits)
def test_smoothed_labels_of_real_images_alone(name, real, fake):
    ours = ADVERSARIAL[name].discriminator(double(real), double(fake), real_target=0.9)
    if name == "least_squares":
        expected = (mean((x - 0.9) ** 2 for x in real) + mean(x**2 for x in fake)) / 2
    else:
        expected = mean(binary_cross_entropy(x, 0.9) for x in real)
        expected += mean(binary_cross_entropy(x, 0) for x in fake)
    assert ours.item() == pytest.approx(expected, rel=1e-6, abs=1e-9)


def slopes(loss, *of):
    return torch.autograd.grad(loss, of, allow_unused=True)


def losses(name, real, fake):
    """Both sides' losses of either kind of objective."""
    if name in ADVERSARIAL:
        objective = ADVERSARIAL[name]
        return objective.discriminator(real, fake), objective.generator(fake)
    relativistic = RELATIVISTIC[name]
    return relativistic.discriminator(real, fake), relativistic.generator(real, fake)


@pytest.mark.parametrize("name", [*ADVERSARIAL, *RELATIVISTIC])
@pytest.mark.parametrize("scale", [1e4, 1e15])
def test_extreme_logits_stay_finite(name, scale):
    for sign in (1.0, -1.0):
        fake = torch.tensor([sign * scale], requires_grad=True)
        real = torch.tensor([-sign * scale], requires_grad=True)
        for loss in losses(name, real, fake):
            assert loss.isfinite()
            assert all(g is None or g.isfinite().all() for g in slopes(loss, fake, real))


@pytest.mark.parametrize("name", [*ADVERSARIAL, *RELATIVISTIC])
def test_the_sides_pull_in_opposite_directions(name):
    # Away from 0: least squares has its minimum for generated images there.
    fake = torch.full((3,), 0.5, requires_grad=True)
    real = torch.full((3,), 0.5, requires_grad=True)
    discriminator, generator = losses(name, real, fake)
    real_slope, fake_slope = slopes(discriminator, real, fake)
    (generator_slope,) = slopes(generator, fake)
    assert (fake_slope > 0).all()
    assert (real_slope < 0).all()
    assert (generator_slope < 0).all()


def test_non_saturating_gradient_survives_a_confident_discriminator():
    fake = torch.tensor([-20.0], requires_grad=True)
    (slope,) = slopes(ADVERSARIAL["cross_entropy"].generator(fake), fake)
    (saturated,) = slopes(ADVERSARIAL["saturating"].generator(fake), fake)
    assert slope.item() == pytest.approx(-1.0)
    assert saturated.item() == pytest.approx(-math.exp(-20), rel=1e-3)


@given(given=pairs, shift=st.floats(-10, 10))
@pytest.mark.parametrize("name", RELATIVISTIC)
def test_a_common_shift_of_all_logits_changes_nothing_relative(name, given, shift):
    real, fake = (double(side) for side in zip(*given, strict=True))
    for before, after in zip(
        losses(name, real, fake), losses(name, real + shift, fake + shift), strict=True
    ):
        assert after.item() == pytest.approx(before.item(), rel=1e-9, abs=1e-9)


def test_pairs_need_two_equal_batches():
    with pytest.raises(ValueError, match="2 real and 4 generated"):
        RELATIVISTIC["relativistic"].discriminator(torch.zeros(2), torch.zeros(4))


def test_averages_take_batches_of_any_size():
    loss = RELATIVISTIC["relativistic_average"].generator(torch.zeros(2), torch.zeros(4))
    assert loss.item() == pytest.approx(2 * math.log(2))


def test_which_objectives_have_a_label_to_smooth():
    smoothable = {
        name
        for name, objective in ADVERSARIAL.items()
        if "real_target" in inspect.signature(objective.discriminator).parameters
    }
    assert smoothable == {"cross_entropy", "saturating", "least_squares"}
