import pytest
import torch

from kizu.training.metrics import MetricWindow, mean

CPU = torch.device("cpu")


def recorded(values: list[float], length: int = 5) -> MetricWindow:
    window = MetricWindow(length, CPU)
    for value in values:
        window.record({"loss": torch.tensor(value), "double": torch.tensor(2 * value).bfloat16()})
    return window


def test_every_steps_row_is_read_back():
    window = recorded([1.0, 2.0, 4.5])
    rows = window.read()
    assert rows == [{"loss": v, "double": 2 * v} for v in (1.0, 2.0, 4.5)]
    assert mean(rows) == {"loss": 2.5, "double": 5.0}
    window.clear()
    assert window.read() == []
    assert mean([]) == {}


def test_goes_on_in_the_middle_of_a_window():
    window = recorded([1.0, 2.0])
    resumed = MetricWindow(5, CPU)
    resumed.load_state_dict(window.state_dict())
    for each in (window, resumed):
        each.record({"loss": torch.tensor(3.0), "double": torch.tensor(6.0)})
    assert resumed.read() == window.read()


def test_names_may_not_change():
    with pytest.raises(ValueError, match=r"must stay \['loss', 'double'\], got \['loss'\]"):
        recorded([1.0]).record({"loss": torch.tensor(1.0)})
