"""A whole training step captured as one CUDA graph."""

from collections.abc import Sequence

import torch
from torch import Tensor

from kizu.training.context import StepContext
from kizu.training.task import Batch, Task

EAGER_STEPS = 3


class GraphedStep:
    """Replays a task's step: one launch instead of the hundreds of kernels it consists of.

    The first steps run as they are, on a side stream, because optimizers, cuDNN and the allocator
    set themselves up during them; they are ordinary steps of the training. The next is captured,
    and from then on a step is a copy of its batches into the captured buffers and a replay.
    Random numbers go on advancing: the graph takes its offsets from the registered generators.

    Follows "CUDA Graphs" in PyTorch's notes on CUDA semantics, whole-network capture.
    """

    def __init__(self, task: Task, context: StepContext) -> None:
        """Make the task's optimizers keep their step counters on the device."""
        for optimizer in task.optimizers.values():
            for group in optimizer.param_groups:
                group["capturable"] = True
        self._task = task
        self._context = context
        self._calls = 0
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(context.generator)
        self._batches: list[dict[str, Tensor]] = []
        self._metrics: dict[str, Tensor] = {}

    def __call__(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Take one step; the metrics are valid until the next call."""
        self._calls += 1
        if self._calls <= EAGER_STEPS:
            return self._eagerly(batches)
        if not self._batches:
            self._batches = [{k: v.clone() for k, v in batch.items()} for batch in batches]
            with torch.cuda.graph(self._graph):
                self._metrics = self._task.step(self._batches, context)
        for buffers, batch in zip(self._batches, batches, strict=True):
            for name, values in batch.items():
                buffers[name].copy_(values, non_blocking=True)
        self._graph.replay()
        return self._metrics

    def _eagerly(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        side = torch.cuda.Stream(self._context.device)
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            metrics = self._task.step(batches, self._context)
        torch.cuda.current_stream().wait_stream(side)
        return metrics
