"""Everything that a training must carry over to go on as if it had never stopped."""

from typing import Any

import torch

from kizu.training import distributed
from kizu.training.context import StepContext
from kizu.training.errors import CheckpointError
from kizu.training.metrics import MetricWindow
from kizu.training.randomness import global_state, restore_global_state
from kizu.training.stopping import EarlyStopping
from kizu.training.task import Task


class TrainingState:
    """The state between two steps.

    The order of the data and the learning rates are functions of the step, so they need no place
    here. Random streams and the running window of metrics are each process's own.

    Attributes:
        step: Finished steps.
        history: Rows read so far.
    """

    def __init__(
        self,
        task: Task,
        context: StepContext,
        window: MetricWindow,
        identity: dict[str, Any],
        stopping: EarlyStopping | None = None,
    ) -> None:
        """Start at step 0.

        Args:
            task: Holds networks, optimizers and averages.
            context: Holds the random stream and the loss scale.
            window: Metrics since the last reading.
            identity: Plain values that tell this training from another one.
            stopping: Holds the best weights so far.
        """
        self.step = 0
        self.history: list[dict[str, float]] = []
        self._task = task
        self._context = context
        self._window = window
        self._identity = identity
        self._stopping = stopping

    def state_dict(self) -> dict[str, Any]:
        """The state as tensors and plain values; every process must call it."""
        self.agree()
        own = {
            "generator": self._context.generator.get_state(),
            "global": global_state(self._context.device),
            "window": self._window.state_dict(),
        }
        return {
            "identity": self._identity,
            "step": self.step,
            "history": self.history,
            "scaler": self._context.scaler.state_dict(),
            "processes": distributed.gather(own),
            "stopping": self._stopping.state_dict() if self._stopping else None,
            **{kind: _states(getattr(self._task, kind)) for kind in KINDS},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state.

        Raises:
            CheckpointError: It is another training's: a setting, the data or the number of
                processes differs.
        """
        for name, value in self._identity.items():
            if state["identity"][name] != value:
                raise CheckpointError(
                    f"The checkpoint belongs to another training: its {name} is "
                    f"{state['identity'][name]!r}, here it is {value!r}.",
                    "Give this training a folder of its own, or delete the old checkpoints.",
                )
        for kind in KINDS:
            for name, part in getattr(self._task, kind).items():
                part.load_state_dict(state[kind][name])
        if self._stopping:
            self._stopping.load_state_dict(state["stopping"])
        own = state["processes"][distributed.rank()]
        self._context.generator.set_state(own["generator"])
        self._context.scaler.load_state_dict(state["scaler"])
        restore_global_state(own["global"], self._context.device)
        self._window.load_state_dict(own["window"])
        self.history = state["history"]
        self.step = state["step"]

    def agree(self) -> None:
        """Give every process the first one's buffers, e.g. batch norm's running statistics.

        Gradients are averaged, so weights agree anyway; buffers follow each process's own batches.
        """
        averages = (average.network for average in self._task.averages.values())
        networks = [*self._task.networks.values(), *averages]
        distributed.copy_from_first(networks, buffers_only=True)

    def weights_not_finite(self) -> str | None:
        """The first network with a weight that is not finite; waits for the device."""
        for name, network in self._task.networks.items():
            weights = [p.detach() for p in network.parameters()]
            # A module may hold buffers alone, as a controller of augmentation does.
            if weights and not torch.stack(torch._foreach_norm(weights)).isfinite().all():
                return name
        return None


KINDS = ("networks", "optimizers", "averages")


def _states(parts: Any) -> dict[str, Any]:
    return {name: part.state_dict() for name, part in parts.items()}
