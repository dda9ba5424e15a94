"""Learning rate schedules: factors on the base learning rate as pure functions of the step."""

import math
from collections.abc import Callable, Mapping

import torch
from torch.optim import Optimizer

Schedule = Callable[[int], float]
"""Factor on the learning rate, a pure function of the 0-based step (nothing to save or resume)."""


def warmup_cosine(steps: int, warmup_steps: int) -> Schedule:
    """Rise linearly over `warmup_steps`, then fall along half a cosine to 0 after `steps`.

    The schedule of Loshchilov and Hutter (2017, equation 5) without restarts.

    Raises:
        ValueError: `warmup_steps` is not in [0, steps).
    """
    if not 0 <= warmup_steps < steps:
        raise ValueError(f"warmup_steps must be in [0, steps={steps}), got {warmup_steps}")

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        progress = (step - warmup_steps) / (steps - warmup_steps)
        return 0.5 * (1 + math.cos(math.pi * progress))

    return factor


def linear_decay(steps: int, start: int = 0) -> Schedule:
    """Stay at 1 up to step `start`, then fall linearly to 0 after `steps`.

    Gulrajani et al. 2017, "Improved training of Wasserstein GANs", appendix F, decay over all of
    the training (`start` 0), and most SNGAN results after them.

    Raises:
        ValueError: `start` is not in [0, steps).
    """
    if not 0 <= start < steps:
        raise ValueError(f"start must be in [0, steps={steps}), got {start}")

    def factor(step: int) -> float:
        return 1.0 - max(0, step - start) / (steps - start)

    return factor


class LearningRates:
    """Sets the learning rates before a step: the optimizers' own ones, times the schedules.

    Args:
        optimizers: By name; their learning rates now are the bases.
        schedules: By the optimizer's name; without one the rate stays.
        on_device: Keep the rates in tensors there, where a captured graph sees them change.

    Raises:
        ValueError: A schedule is named after no optimizer.
    """

    def __init__(
        self,
        optimizers: Mapping[str, Optimizer],
        schedules: Mapping[str, Schedule],
        on_device: torch.device | None = None,
    ) -> None:
        if unknown := set(schedules) - set(optimizers):
            raise ValueError(
                f"schedules must be named after optimizers {sorted(optimizers)}, "
                f"got {sorted(unknown)}"
            )
        self._optimizers = optimizers
        self._schedules = schedules
        self._bases = {
            name: [float(group["lr"]) for group in optimizer.param_groups]
            for name, optimizer in optimizers.items()
        }
        self._tensors = on_device and {
            name: [torch.tensor(base, device=on_device) for base in bases]
            for name, bases in self._bases.items()
        }

    def apply(self, step: int) -> None:
        """Set the rates of a 0-based step."""
        for name, optimizer in self._optimizers.items():
            factor = self._schedules[name](step) if name in self._schedules else 1.0
            for index, group in enumerate(optimizer.param_groups):
                rate = self._bases[name][index] * factor
                group["lr"] = self._tensors[name][index].fill_(rate) if self._tensors else rate
