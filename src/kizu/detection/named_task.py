"""Several trainings in one stage, kept apart in its history."""

from collections.abc import Sequence

from torch import Tensor

from kizu.training.context import StepContext
from kizu.training.task import Batch, Task


class NamedTask:
    """A task whose metrics carry its name: ``<name>.<metric>``."""

    def __init__(self, name: str, task: Task) -> None:
        self.networks = task.networks
        self.optimizers = task.optimizers
        self.schedules = task.schedules
        self.averages = task.averages
        self.batches_per_step = task.batches_per_step
        self._name = name
        self._task = task

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Take the task's step."""
        metrics = self._task.step(batches, context)
        return {f"{self._name}.{metric}": value for metric, value in metrics.items()}
