"""Adam in the form the engine wants it: one fused kernel, quick to set up."""

import inspect
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Optimizer


class _Adam(torch.optim.Adam):
    """Adam that torch.compile never sees.

    PyTorch wraps these methods so that its compiler steps around them, and the wrappers import the
    whole compiler at their first call: two seconds at the start of every stage that trains. The
    engine compiles networks, never an optimizer, so what is inside the wrappers will do.
    """

    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))
    zero_grad = inspect.unwrap(Optimizer.zero_grad)
    add_param_group = inspect.unwrap(Optimizer.add_param_group)
    state_dict = inspect.unwrap(Optimizer.state_dict)
    load_state_dict = inspect.unwrap(Optimizer.load_state_dict)


def adam(
    parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]
) -> torch.optim.Adam:
    """Adam (Kingma and Ba 2015, algorithm 1) with one fused kernel for all parameters."""
    return _Adam(parameters, lr=learning_rate, betas=betas, fused=True)


def adamw(module: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.Adam:
    """AdamW (Loshchilov and Hutter 2019, algorithm 2), fused; matrices and kernels decay.

    Vectors (biases, gains of normalizations) do not.
    """
    decayed = [parameter for parameter in module.parameters() if parameter.ndim >= 2]
    free = [parameter for parameter in module.parameters() if parameter.ndim < 2]
    return _Adam(
        [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}],
        lr=learning_rate,
        decoupled_weight_decay=True,
        fused=True,
    )
