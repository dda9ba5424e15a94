import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kizu.objectives.penalties import (
    consistency_penalty,
    gradient_penalty,
    orthogonal_penalty,
    r1_penalty,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, 2, 3, 3, generator=generator(seed), dtype=torch.float64)


def judge_network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = (nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4, 1), nn.Flatten(0))
    return nn.Sequential(*layers).double()


def numeric_gradients(judge, images: torch.Tensor) -> torch.Tensor:
    """Central differences, one pixel after another."""
    gradients = torch.zeros_like(images).flatten(1)
    with torch.no_grad():
        for pixel in range(gradients.shape[1]):
            step = torch.zeros_like(gradients)
            step[:, pixel] = 1e-5
            step = step.view_as(images)
            gradients[:, pixel] = (judge(images + step) - judge(images - step)) / 2e-5
    return gradients


@given(scale=st.floats(0.1, 10), count=st.integers(1, 5))
def test_penalties_of_a_linear_judge_have_a_closed_form(scale, count):
    weight = scale * batch(1, 9)

    def judge(images: torch.Tensor) -> torch.Tensor:
        return (images * weight).sum(dim=(1, 2, 3))

    norm = weight.norm().item()
    reals, fakes = batch(count, 1), batch(count, 2)
    assert r1_penalty(judge, reals).item() == pytest.approx(0.5 * norm**2)
    penalty = gradient_penalty(judge, reals, fakes, generator()).item()
    assert penalty == pytest.approx((norm - 1) ** 2, abs=1e-12)


def test_r1_against_finite_differences():
    judge, reals = judge_network(), batch(4, 1)
    expected = 0.5 * numeric_gradients(judge, reals).square().sum(dim=1).mean()
    assert r1_penalty(judge, reals).item() == pytest.approx(expected.item(), rel=1e-6)


def test_the_gradient_penalty_against_finite_differences_between_the_images():
    judge, reals, fakes = judge_network(), batch(4, 1), batch(4, 2)
    position = torch.rand(4, 1, 1, 1, generator=generator(5), dtype=torch.float64)
    norms = numeric_gradients(judge, reals + position * (fakes - reals)).norm(dim=1)
    expected = (norms - 1).square().mean()
    ours = gradient_penalty(judge, reals, fakes, generator(5))
    assert ours.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("kind", ["r1", "gradient"])
def test_the_judge_can_be_trained_by_the_penalty(kind):
    """The slope of the penalty itself, with respect to a weight, by central differences."""
    judge, reals, fakes = judge_network(), batch(3, 1), batch(3, 2)

    def penalty() -> torch.Tensor:
        if kind == "r1":
            return r1_penalty(judge, reals)
        return gradient_penalty(judge, reals, fakes, generator(5))

    weight = judge[0].weight
    (slope,) = torch.autograd.grad(penalty(), weight)
    with torch.no_grad():
        weight[1, 0, 2, 1] += 1e-5
    higher = penalty().item()
    with torch.no_grad():
        weight[1, 0, 2, 1] -= 2e-5
    numeric = (higher - penalty().item()) / 2e-5
    assert slope[1, 0, 2, 1].item() == pytest.approx(numeric, rel=1e-5)


def test_no_gradient_reaches_the_images():
    reals, fakes = batch(2, 1), batch(2, 2).requires_grad_()
    gradient_penalty(judge_network(), reals, fakes, generator()).backward()
    assert fakes.grad is None
    assert not reals.requires_grad


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=6))
def test_consistency_is_the_mean_squared_difference(pairs):
    first, second = (torch.tensor(side, dtype=torch.float64) for side in zip(*pairs, strict=True))
    expected = sum((a - b) ** 2 for a, b in pairs) / len(pairs)
    assert consistency_penalty(first, second).item() == pytest.approx(expected)


def test_orthogonal_rows_of_any_length_are_not_penalized():
    rows, _ = torch.linalg.qr(torch.randn(4, 4, generator=generator(), dtype=torch.float64))
    scaled = rows * torch.tensor([[0.1], [1.0], [7.0], [100.0]])
    assert orthogonal_penalty([scaled]).item() == pytest.approx(0, abs=1e-20)


def test_overlaps_are_counted_pair_by_pair_over_all_weights():
    weights = [torch.randn(3, 2, 2, 2, generator=generator(s), dtype=torch.float64) for s in (1, 2)]
    expected = sum(
        torch.dot(weight[i].flatten(), weight[j].flatten()).item() ** 2
        for weight in weights
        for i in range(3)
        for j in range(3)
        if i != j
    )
    assert orthogonal_penalty(weights).item() == pytest.approx(expected)


def test_the_slope_of_the_orthogonal_penalty():
    weight = torch.randn(3, 5, generator=generator(), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w: orthogonal_penalty([w]), weight)
