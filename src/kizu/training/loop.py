"""The training loop: one function, a task, its data and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kizu.training.settings import TrainingParameters
from kizu.training.task import Task

Evaluate = Callable[[int], Mapping[str, float]]
"""Called with the number of finished steps; its values join the history's row of that step."""


@dataclass
class TrainingResult:
    """What a training leaves besides the task's networks.

    Attributes:
        history: One row per reading: `step` (finished steps) and the mean of each metric since the
            last reading, and the evaluation's values where there was one. A list for JSON.
        nondeterministic: Operations for which the device had no deterministic kernel; empty when
            the same machine gives the same bits again.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    nondeterministic: list[str] = field(default_factory=list)


def train(
    task: Task,
    arrays: Mapping[str, np.ndarray],
    settings: TrainingParameters,
    checkpoints: Path | None = None,
    *,
    evaluate: Evaluate | None = None,
    description: str = "training",
) -> TrainingResult:
    """Train a task to `settings.steps`, or go on from where an earlier run of it stopped.

    Args:
        task: Changed in place: afterwards its networks hold the result, on the training device.
        arrays: The data set by name, equal lengths, e.g. `{"images": uint8 (N, C, H, W),
            "labels": int64 (N,)}`; see `kizu.training.data.DeviceData`.
        settings: See `TrainingParameters`.
        checkpoints: A folder for this training alone; give each training of a node its own
            subfolder. None: nothing is saved and nothing resumed. A finished training leaves its
            final state there, marked as finished: running it again loads that result and says
            so. Whoever stores the outputs deletes the folder.
        evaluate: Called every `settings.evaluate_every` steps and after the last, on every
            process. May put networks in eval mode: they are put back into training mode.
        description: The progress bar's text.

    Raises:
        DeviceUnavailable: The device or a feature asked of it does not exist.
        CheckpointUnusable: No permission, a full disk, or a checkpoint of another training.
        TrainingDiverged: A metric or a weight is no longer finite.
        TrainingInterrupted: SIGINT or SIGTERM; the state was saved first.
    """
    raise NotImplementedError
