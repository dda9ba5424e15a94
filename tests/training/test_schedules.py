import pytest
import torch
from torch import nn

from kizu.training.schedules import LearningRates, linear_decay, warmup_cosine


def test_warm_up_rises_to_one_and_the_cosine_falls_to_zero():
    factor = warmup_cosine(100, 10)
    assert [factor(step) for step in range(10)] == pytest.approx([s / 10 for s in range(1, 11)])
    assert factor(10) == 1
    assert factor(55) == pytest.approx(0.5)
    assert factor(100) == pytest.approx(0)
    falling = [factor(step) for step in range(10, 101)]
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize("warmup", [-1, 100])
def test_a_warm_up_as_long_as_the_training_is_refused(warmup):
    with pytest.raises(
        ValueError, match=rf"warmup_steps must be in \[0, steps=100\), got {warmup}"
    ):
        warmup_cosine(100, warmup)


def test_linear_decay_waits_and_then_reaches_zero():
    factor = linear_decay(100, 60)
    assert [factor(step) for step in (0, 60, 70, 80, 100)] == pytest.approx([1, 1, 0.75, 0.5, 0])
    assert linear_decay(100)(25) == 0.75


@pytest.mark.parametrize("start", [-1, 100])
def test_a_decay_that_starts_outside_the_training_is_refused(start):
    with pytest.raises(ValueError, match=rf"start must be in \[0, steps=100\), got {start}"):
        linear_decay(100, start)


@pytest.mark.parametrize("on_device", [None, torch.device("cpu")])
def test_rates_multiply_each_groups_own_base(on_device):
    networks = [nn.Linear(1, 1) for _ in range(3)]
    optimizers = {
        "a": torch.optim.SGD(
            [{"params": networks[0].parameters(), "lr": 4.0}, {"params": networks[1].parameters()}],
            lr=2.0,
        ),
        "b": torch.optim.SGD(networks[2].parameters(), lr=3.0),
    }
    rates = LearningRates(optimizers, {"a": lambda step: 0.5**step}, on_device)
    for step in (2, 1):
        rates.apply(step)
        got = [float(group["lr"]) for o in optimizers.values() for group in o.param_groups]
        assert got == [4 * 0.5**step, 2 * 0.5**step, 3]


def test_a_schedule_for_no_optimizer_is_refused():
    with pytest.raises(ValueError, match=r"named after optimizers \['a'\], got \['z'\]"):
        LearningRates(
            {"a": torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)}, {"z": lambda step: 1.0}
        )
