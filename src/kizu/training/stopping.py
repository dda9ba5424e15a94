"""Early stopping: the end of a training that no longer improves, and its best weights."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from kizu.training import distributed
from kizu.training.task import Task


class EarlyStopping:
    """Watches one value of the evaluations; the smaller it is, the better.

    Prechelt 1998, "Early stopping - but when?", with a count of evaluations in a row that brought
    nothing as the criterion (his UP). After the training, stopped early or not, networks and
    averages are put back to the evaluation that was best.

    Attributes:
        metric: Name of the value.
        patience: Evaluations in a row without a new best after which the training ends.
        best_step: Finished steps at the best evaluation; 0 before the first.
    """

    def __init__(self, metric: str, patience: int) -> None:
        """Raises ValueError if `patience` is below 1."""
        if patience < 1:
            raise ValueError(f"patience must be at least 1, got {patience}")
        self.metric = metric
        self.patience = patience
        self.best_step = 0
        self._best = math.inf
        self._waited = 0
        self._weights: dict[str, dict[str, Tensor]] = {}

    @property
    def due(self) -> bool:
        """Whether the training should end now."""
        return self._waited >= self.patience

    def observe(self, step: int, values: Mapping[str, float], task: Task) -> None:
        """Note an evaluation; copy the weights if it is the best one so far.

        Raises:
            ValueError: The evaluation does not give the metric.
        """
        if self.metric not in values:
            raise ValueError(
                f"early stopping watches {self.metric!r}; the evaluation gives {sorted(values)}"
            )
        # The processes' own values may differ by rounding, and they must end together.
        value = distributed.from_first(values[self.metric])
        if value < self._best:
            self._best, self._waited, self.best_step = value, 0, step
            self._weights = {
                name: {key: tensor.clone() for key, tensor in network.state_dict().items()}
                for name, network in _networks(task).items()
            }
        else:
            self._waited += 1

    def restore(self, task: Task) -> None:
        """Put the best weights back; without a best evaluation, nothing changes."""
        for name, state in self._weights.items():
            _networks(task)[name].load_state_dict(state)

    @property
    def settings(self) -> dict[str, Any]:
        """What must agree for a state to be this one's."""
        return {"metric": self.metric, "patience": self.patience}

    def state_dict(self) -> dict[str, Any]:
        """The best value, its weights, and how long it has been waited since."""
        return {
            "best": self._best,
            "best_step": self.best_step,
            "waited": self._waited,
            "weights": self._weights,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self._best, self._waited = state["best"], state["waited"]
        self.best_step, self._weights = state["best_step"], state["weights"]


def _networks(task: Task) -> dict[str, nn.Module]:
    averages = {f"{name}.average": average.network for name, average in task.averages.items()}
    return {**task.networks, **averages}
