"""What the engine asks of a thing that can be trained."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor, nn
from torch.optim import Optimizer

from kizu.training.context import StepContext
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.schedules import Schedule

Batch = Mapping[str, Tensor]
"""The arrays of the data set, by name, at one batch's rows; on the device, in their own type."""


class Task(Protocol):
    """Networks, their optimizers, and one step of training.

    The engine (`kizu.training.loop.train`) owns everything else: device, precision, data order,
    randomness, averages, schedules, metrics, checkpoints. A task is built on the CPU; the engine
    moves its networks in place.
    """

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """Every module that training changes, by name.

        Saved, moved to the device, kept equal across processes, and compiled if it has weights.
        """
        ...

    @property
    def optimizers(self) -> Mapping[str, Optimizer]:
        """By name. Their `lr` at the start is the base that a schedule multiplies."""
        ...

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """By the optimizer's name; an optimizer without one keeps its learning rate."""
        ...

    @property
    def averages(self) -> Mapping[str, ExponentialMovingAverage]:
        """Moving averages of networks; the engine updates each once after every step."""
        ...

    @property
    def batches_per_step(self) -> int:
        """Batches that one step consumes (n_dis for a GAN)."""
        ...

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Update every network once (or as often as the task means by one step).

        Compute losses inside `context.autocast()`, pass each to `context.update(loss, optimizer)`,
        and draw every random number with `generator=context.generator` (dropout's own draws are
        covered too). Never read a value back (`.item()`, `bool(tensor)`): the step must not wait
        for the device, and must be capturable as a CUDA graph.

        Returns:
            Detached 0-d tensors on the device, the same names in the same order at every step.
        """
        ...
