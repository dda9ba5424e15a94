import pytest
import torch
from torch import nn

from kizu.training.context import StepContext

CPU = torch.device("cpu")


def context(**options) -> StepContext:
    return StepContext(CPU, torch.Generator(), **options)


@pytest.mark.parametrize(("clip", "norm"), [(None, 10.0), (2.0, 2.0), (50.0, 10.0)])
def test_gradients_are_clipped_to_the_norm(clip, norm):
    weight = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    context(gradient_clip=clip).update((weight * torch.tensor([6.0, 8.0])).sum(), optimizer)
    assert weight.norm().item() == pytest.approx(norm, rel=1e-5)


def test_gradients_of_the_step_before_are_gone():
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    for _ in range(2):
        context().update(weight.sum(), optimizer)
    assert weight.item() == -2


def test_bfloat16_runs_in_bfloat16_and_float32_as_it_is():
    layer, inputs = nn.Linear(3, 3), torch.ones(1, 3)
    with context(precision="bfloat16").autocast():
        assert layer(inputs).dtype == torch.bfloat16
    with context().autocast():
        assert layer(inputs).dtype == torch.float32


def test_loss_scaling_is_for_float16_alone():
    assert not context().scaler.is_enabled()
    assert not context(precision="bfloat16").scaler.is_enabled()
    assert context(precision="float16").scaler.is_enabled()
