import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.objectives.adaptive import AdaptiveProbability

signs = st.lists(st.floats(-1, 1), min_size=0, max_size=40)


def logits(mean_sign: float) -> torch.Tensor:
    """1000 logits whose signs have about this mean."""
    positive = round(500 * (1 + mean_sign))
    return torch.cat([torch.full((positive,), 3.0), torch.full((1000 - positive,), -0.2)])


@given(means=signs, interval=st.integers(1, 5))
def test_against_the_controller_written_out(means, interval):
    controller = AdaptiveProbability(target=0.6, interval=interval, step=0.25)
    probability, collected = 0.0, []
    for mean in means:
        observed = logits(mean)
        controller.observe(observed)
        collected.append(observed.sign().mean().item())
        if len(collected) == interval:
            overfitted = torch.tensor(sum(collected) / interval) > 0.6
            probability = min(1.0, max(0.0, probability + (0.25 if overfitted else -0.25)))
            assert controller.sign.item() == pytest.approx(sum(collected) / interval, abs=1e-6)
            collected = []
    assert controller.probability.item() == probability


def test_a_copy_of_the_state_goes_on_alike():
    controller = AdaptiveProbability(target=0.6, interval=3, step=0.1)
    for mean in (1, 1, 1, 0.9, 1):
        controller.observe(logits(mean))
    other = AdaptiveProbability(target=0.6, interval=3, step=0.1)
    other.load_state_dict(copy.deepcopy(controller.state_dict()))
    for each in (controller, other):
        each.observe(logits(1))
    assert controller.probability.item() == other.probability.item() == pytest.approx(0.2)
