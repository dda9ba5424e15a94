"""Which device a training runs on, and what that device can do."""

import os

import torch

from kizu.training.errors import DeviceError
from kizu.training.settings import Device, TrainingParameters


def resolve_device(device: Device) -> torch.device:
    """The device to train on; under `torchrun` with CUDA, this process's own.

    Raises:
        DeviceError: The requested device does not exist here.
    """
    available: dict[Device, bool] = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if device == "auto":
        device = next(name for name, present in available.items() if present)
    if not available[device]:
        usable = ", ".join(name for name, present in available.items() if present)
        raise DeviceError(
            f"device is {device!r}, but PyTorch {torch.__version__} finds no such device here.",
            f"Set device to auto or to one of: {usable}.",
        )
    if device == "cuda":
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device(device)


def check_features(settings: TrainingParameters, device: torch.device, processes: int) -> None:
    """Refuse what the device cannot do, before anything is built.

    Raises:
        DeviceError: Naming the parameter, its value and what is allowed.
    """
    if settings.precision == "float16" and device.type != "cuda":
        raise DeviceError(
            f"precision is 'float16', but loss scaling needs CUDA and the device is {device.type}.",
            "Set precision to float32 or bfloat16.",
        )
    if (
        settings.precision == "bfloat16"
        and device.type == "cuda"
        and not torch.cuda.is_bf16_supported()
    ):
        name = torch.cuda.get_device_name(device)
        raise DeviceError(
            f"precision is 'bfloat16', which {name} does not support.",
            "Set precision to float32 or float16.",
        )
    if not settings.cuda_graph:
        return
    if device.type != "cuda":
        raise DeviceError(
            f"cuda_graph is true, but the device is {device.type}.",
            "Set cuda_graph to false, or device to cuda on a machine that has one.",
        )
    if settings.precision == "float16":
        raise DeviceError(
            "cuda_graph is true with precision 'float16', whose loss scale is decided on the host.",
            "Set precision to bfloat16 or float32, or cuda_graph to false.",
        )
    if processes > 1:
        raise DeviceError(
            f"cuda_graph is true with {processes} processes; the exchange of gradients is not "
            "captured.",
            "Set cuda_graph to false, or train in one process.",
        )


def free_memory(device: torch.device) -> int:
    """Bytes that the device has free."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
