"""Metrics of a window of steps, kept on the device until they are read."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from kizu.training.distributed import average


class MetricWindow:
    """Every step's metrics since the last reading, one row a step.

    Recording costs two small kernels and never waits for the device; reading waits once. Single
    rows are kept, not their sum, so that a value that is not finite can be traced to its step.

    Attributes:
        names: The metrics, known from the first step on.
        count: Steps recorded since the last reading.
    """

    def __init__(self, length: int, device: torch.device) -> None:
        """Make room for `length` steps between two readings."""
        self.names: list[str] = []
        self.count = 0
        self._length = length
        self.device = device
        self._rows = torch.empty(0)

    def record(self, metrics: Mapping[str, Tensor]) -> None:
        """Add a step's metrics, 0-d tensors on the device.

        Raises:
            ValueError: The names differ from those of the first step.
        """
        if not self.names:
            self.names = list(metrics)
            self._rows = torch.zeros(self._length, len(self.names), device=self.device)
        elif self.names != list(metrics):
            raise ValueError(f"a step's metrics must stay {self.names}, got {list(metrics)}")
        self._rows[self.count] = torch.stack([value.float() for value in metrics.values()])
        self.count += 1

    def read(self) -> list[dict[str, float]]:
        """The recorded rows, averaged over the processes; waits for the device."""
        if self.count == 0:
            return []
        rows = average(self._rows[: self.count]).tolist()
        return [dict(zip(self.names, row, strict=True)) for row in rows]

    def clear(self) -> None:
        """Start the next window."""
        self.count = 0

    def state_dict(self) -> dict[str, Any]:
        """This process's rows so far."""
        return {"names": self.names, "rows": self._rows[: self.count].cpu()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on in the middle of a window."""
        self.names = state["names"]
        self.count = len(state["rows"])
        self._rows = torch.zeros(self._length, len(self.names), device=self.device)
        self._rows[: self.count] = state["rows"].to(self.device)


def mean(rows: list[dict[str, float]]) -> dict[str, float]:
    """Mean of each metric over the rows of a window."""
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]} if rows else {}
