import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.objectives.adversarial import ADVERSARIAL

logits = st.lists(st.floats(-30, 30), min_size=1, max_size=8)


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))


@given(real=logits, fake=logits)
def test_hinge_against_the_definition(real, fake):
    objective = ADVERSARIAL["hinge"]
    expected = math.fsum(max(0.0, 1 - x) for x in real) / len(real)
    expected += math.fsum(max(0.0, 1 + x) for x in fake) / len(fake)
    real, fake = torch.tensor(real).double(), torch.tensor(fake).double()
    assert objective.discriminator(real, fake).item() == pytest.approx(expected, rel=1e-6)
    assert objective.generator(fake).item() == pytest.approx(-fake.mean().item())


@given(real=logits, fake=logits)
def test_cross_entropy_against_the_definition(real, fake):
    objective = ADVERSARIAL["cross_entropy"]
    expected = -math.fsum(map(log_sigmoid, real)) / len(real)
    expected -= math.fsum(log_sigmoid(-x) for x in fake) / len(fake)
    generator = -math.fsum(map(log_sigmoid, fake)) / len(fake)
    real = torch.tensor(real, dtype=torch.float64)
    fake = torch.tensor(fake, dtype=torch.float64)
    assert objective.discriminator(real, fake).item() == pytest.approx(expected, rel=1e-6)
    assert objective.generator(fake).item() == pytest.approx(generator, rel=1e-6)


@pytest.mark.parametrize("name", ADVERSARIAL)
@pytest.mark.parametrize("scale", [1e4, 1e30])
def test_extreme_logits_stay_finite(name, scale):
    objective = ADVERSARIAL[name]
    for sign in (1.0, -1.0):
        fake = torch.tensor([sign * scale], requires_grad=True)
        real = torch.tensor([-sign * scale], requires_grad=True)
        for loss in (objective.discriminator(real, fake), objective.generator(fake)):
            assert loss.isfinite()
            gradients = torch.autograd.grad(loss, (fake, real), allow_unused=True)
            assert all(g is None or g.isfinite().all() for g in gradients)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_the_sides_pull_in_opposite_directions(name):
    objective = ADVERSARIAL[name]
    fake = torch.zeros(3, requires_grad=True)
    real = torch.zeros(3, requires_grad=True)
    fake_slope, real_slope = torch.autograd.grad(objective.discriminator(real, fake), (fake, real))
    (generator_slope,) = torch.autograd.grad(objective.generator(fake), fake)
    assert (fake_slope > 0).all()
    assert (real_slope < 0).all()
    assert (generator_slope < 0).all()


def test_non_saturating_gradient_survives_a_confident_discriminator():
    """The saturating loss log(1 - D(G(z))) would have a slope of 1e-9 here."""
    fake = torch.tensor([-20.0], requires_grad=True)
    (slope,) = torch.autograd.grad(ADVERSARIAL["cross_entropy"].generator(fake), fake)
    assert slope.item() == pytest.approx(-1.0)
