import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from kizu.training.ema import ExponentialMovingAverage


@settings(max_examples=30, deadline=None)
@given(
    decay=st.floats(0, 0.999),
    warmup=st.booleans(),
    values=st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=12),
)
def test_follows_the_recurrence(decay, warmup, values):
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1.0)
    average = ExponentialMovingAverage(network, decay, warmup=warmup)
    expected = 1.0
    for n, value in enumerate(values, start=1):
        nn.init.constant_(network.weight, value)
        average.update()
        d = min(decay, (1 + n) / (10 + n)) if warmup else decay
        expected = d * expected + (1 - d) * value
    assert average.network.weight.item() == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert average.updates == len(values)


def test_buffers_are_copied_and_never_averaged():
    network = nn.Sequential(spectral_norm(nn.Linear(4, 4)), nn.BatchNorm1d(4))
    average = ExponentialMovingAverage(network, 0.9, warmup=False)
    for _ in range(3):
        network(torch.randn(8, 4))
        average.update()
    copied = dict(average.network.named_buffers())
    assert {name.rpartition(".")[2] for name in copied} >= {"_u", "_v", "num_batches_tracked"}
    for name, buffer in network.named_buffers():
        assert torch.equal(copied[name], buffer), name
    assert copied["1.num_batches_tracked"].dtype == torch.int64
    assert copied["0.parametrizations.weight.0._u"].norm().item() == pytest.approx(1, abs=1e-6)


def test_resumes_in_the_middle_of_the_warm_up():
    torch.manual_seed(0)
    network = nn.Linear(3, 3)
    whole = ExponentialMovingAverage(network, 0.999)
    for _ in range(4):
        whole.update()
    resumed = ExponentialMovingAverage(nn.Linear(3, 3), 0.999)
    resumed.load_state_dict(whole.state_dict())
    resumed.source = network
    nn.init.normal_(network.weight)
    whole.update()
    resumed.update()
    assert torch.equal(whole.network.weight, resumed.network.weight)


def test_the_copy_stands_alone():
    network = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    average = ExponentialMovingAverage(network, 0.5)
    assert not average.network.training
    assert network.training
    assert not any(parameter.requires_grad for parameter in average.network.parameters())
    assert average.network[0].weight.data_ptr() != network[0].weight.data_ptr()


@pytest.mark.parametrize("decay", [-0.1, 1.0, 1.5])
def test_a_decay_out_of_range_is_refused(decay):
    with pytest.raises(ValueError, match=r"decay must be in \[0, 1\)"):
        ExponentialMovingAverage(nn.Linear(1, 1), decay)
