import pytest
import torch

from kizu.training.device import check_features, free_memory, resolve_device
from kizu.training.errors import DeviceError
from kizu.training.settings import TrainingParameters

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)


@pytest.fixture
def no_accelerator(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_auto_prefers_an_accelerator(no_accelerator, monkeypatch):
    assert resolve_device("auto") == CPU
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("auto") == torch.device("mps")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == CUDA
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert resolve_device("cuda") == torch.device("cuda", 3)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_named(no_accelerator, device):
    with pytest.raises(DeviceError, match=f"device is '{device}'") as caught:
        resolve_device(device)
    assert caught.value.way_out == "Set device to auto or to one of: cpu."


@pytest.mark.parametrize(
    ("changes", "device", "processes", "message"),
    [
        ({"precision": "float16"}, CPU, 1, "precision is 'float16'"),
        ({"cuda_graph": True}, CPU, 1, "cuda_graph is true, but the device is cpu"),
        ({"cuda_graph": True, "precision": "float16"}, CUDA, 1, "loss scale is decided"),
        ({"cuda_graph": True}, CUDA, 2, "with 2 processes"),
    ],
)
def test_features_the_device_cannot_offer_are_refused(changes, device, processes, message):
    settings = TrainingParameters(steps=1, batch_size=1, **changes)
    with pytest.raises(DeviceError, match=message) as caught:
        check_features(settings, device, processes)
    assert "Set" in caught.value.way_out


def test_bfloat16_needs_a_card_that_has_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Old Card")
    settings = TrainingParameters(steps=1, batch_size=1, precision="bfloat16")
    with pytest.raises(DeviceError, match="Old Card does not support"):
        check_features(settings, CUDA, 1)
    check_features(settings, CPU, 1)


def test_free_memory_of_the_host_is_positive():
    assert free_memory(CPU) > 0
