"""Several processes training one task, started by `torchrun`.

Gradients are averaged explicitly after each backward pass, in one message per optimizer, instead
of through `DistributedDataParallel`: a GAN's step runs its networks several times, frozen and not,
which the wrapper's hooks do not follow.
"""

import atexit
import os
from collections.abc import Iterable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer


def launched() -> bool:
    """Whether `torchrun` started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def join(device: torch.device) -> None:
    """Join the group of processes that `torchrun` started; outside of it, nothing.

    The group lives until the process ends, so that a stage may train several tasks.
    """
    if dist.is_initialized() or not launched():
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    atexit.register(dist.destroy_process_group)


def world_size() -> int:
    """Number of processes that train together; 1 outside a process group."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """This process's number, 0 for the one that writes."""
    return dist.get_rank() if dist.is_initialized() else 0


def average_gradients(optimizer: Optimizer) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    gradients = [
        parameter.grad
        for group in optimizer.param_groups
        for parameter in group["params"]
        if parameter.grad is not None
    ]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= world_size()
    pieces = flat.split([gradient.numel() for gradient in gradients])
    torch._foreach_copy_(gradients, [p.view_as(g) for p, g in zip(pieces, gradients, strict=True)])


def average(values: Tensor) -> Tensor:
    """Mean of a tensor over the processes."""
    if world_size() > 1:
        values = values.clone()
        dist.all_reduce(values)
        values /= world_size()
    return values


def largest(value: int, device: torch.device) -> int:
    """The largest of the processes' values."""
    if world_size() == 1:
        return value
    tensor = torch.tensor(value, device=device)
    dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
    return int(tensor.item())


def copy_from_first(networks: Iterable[nn.Module], *, buffers_only: bool = False) -> None:
    """Give every process the first one's weights and buffers, or its buffers alone."""
    if world_size() == 1:
        return
    for network in networks:
        tensors = [] if buffers_only else list(network.parameters())
        for tensor in [*tensors, *network.buffers()]:
            dist.broadcast(tensor.detach(), 0)


def gather(value: Any) -> list[Any]:
    """The processes' values, by rank, on every process."""
    values: list[Any] = [None] * world_size()
    if world_size() == 1:
        return [value]
    dist.all_gather_object(values, value)
    return values


def from_first(value: Any) -> Any:
    """The first process's value, on every process."""
    if world_size() == 1:
        return value
    values = [value]
    dist.broadcast_object_list(values, 0)
    return values[0]
