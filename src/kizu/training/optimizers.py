"""Optimizers in the form the engine wants them: one fused kernel, quick to set up."""

import inspect
from collections.abc import Iterable
from typing import Any, TypeVar

import torch
from torch import nn
from torch.optim import Optimizer

Rates = Iterable[tuple[Iterable[nn.Parameter], float]]
"""Parameters and their learning rate, for each part of a network."""

AnyOptimizer = TypeVar("AnyOptimizer", bound=Optimizer)


def _hidden_from_compiler(optimizer: type[AnyOptimizer]) -> type[AnyOptimizer]:
    """An optimizer that torch.compile never sees.

    PyTorch wraps these methods so that its compiler steps around them, and the wrappers import the
    whole compiler at their first call: two seconds at the start of every stage that trains. The
    engine compiles networks, never an optimizer, so what is inside the wrappers will do.
    """
    names = ("zero_grad", "add_param_group", "state_dict", "load_state_dict")
    methods = {name: inspect.unwrap(getattr(Optimizer, name)) for name in names}
    step = torch.no_grad()(inspect.unwrap(optimizer.step))
    return type(optimizer.__name__, (optimizer,), {**methods, "step": step})


_Adam = _hidden_from_compiler(torch.optim.Adam)
_SGD = _hidden_from_compiler(torch.optim.SGD)


def adam(
    parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]
) -> torch.optim.Adam:
    """Adam (Kingma and Ba 2015, algorithm 1) with one fused kernel for all parameters."""
    return _Adam(parameters, lr=learning_rate, betas=betas, fused=True)


def adamw(module: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.Adam:
    """AdamW (Loshchilov and Hutter 2019, algorithm 2), fused; matrices and kernels decay.

    Vectors (biases, gains of normalizations) do not.
    """
    return adamw_at_rates([(module.parameters(), learning_rate)], weight_decay)


def adamw_at_rates(rates: Rates, weight_decay: float) -> torch.optim.Adam:
    """`adamw` with a learning rate for each part of a network; see `_groups`."""
    return _Adam(_groups(rates, weight_decay), decoupled_weight_decay=True, fused=True)


def sgd_at_rates(rates: Rates, weight_decay: float, momentum: float) -> torch.optim.SGD:
    """Stochastic gradient descent with momentum, fused, with a learning rate for each part.

    Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning",
    as PyTorch has it: the velocity is a sum of gradients, the learning rate a factor on it.
    """
    return _SGD(_groups(rates, weight_decay), momentum=momentum, fused=True)


def _groups(rates: Rates, weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups: parts of one rate together, what decays apart from what does not.

    Few groups make few kernels, and the order does not depend on how one rate was written down.
    """
    by_rate: dict[float, list[nn.Parameter]] = {}
    for parameters, rate in rates:
        by_rate.setdefault(rate, []).extend(parameters)
    return [
        {
            "params": [parameter for parameter in parameters if (parameter.ndim >= 2) == decays],
            "lr": rate,
            "weight_decay": weight_decay if decays else 0.0,
        }
        for rate, parameters in by_rate.items()
        for decays in (True, False)
    ]
