"""The training loop: one function, a task, its data and its settings."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from kizu.training import distributed
from kizu.training.checkpoint import CheckpointStore
from kizu.training.context import StepContext
from kizu.training.data import DeviceData
from kizu.training.device import check_features, resolve_device
from kizu.training.errors import TrainingDiverged, TrainingInterrupted
from kizu.training.graph import GraphedStep
from kizu.training.interruption import StopSignals
from kizu.training.metrics import MetricWindow, mean
from kizu.training.randomness import (
    derived_seed,
    deterministic,
    global_state,
    restore_global_state,
    seeded,
)
from kizu.training.schedules import LearningRates
from kizu.training.settings import TrainingParameters
from kizu.training.state import TrainingState
from kizu.training.task import Task

logger = logging.getLogger(__name__)
metrics_logger = logging.getLogger("kizu.metrics")

NOISE, GLOBAL = 1, 2  # purposes under which seeds are derived; 0 is the order of the data

Evaluate = Callable[[int], Mapping[str, float]]
"""Called with the number of finished steps; its values join the history's row of that step."""


@dataclass(frozen=True)
class TrainingResult:
    """What a training leaves besides the task's networks.

    Attributes:
        history: One row per reading: `step` (finished steps) and the mean of each metric since the
            last reading, and the evaluation's values where there was one. A list for JSON.
        nondeterministic: What PyTorch says of operations for which the device has no deterministic
            kernel; empty when the same machine gives the same bits again.
    """

    history: list[dict[str, float]]
    nondeterministic: list[str]


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

    A run that was killed and started again gives the same bits as one that was not: its state
    holds weights, optimizers, averages, loss scale, every random stream and the running window of
    metrics, and the order of the data is a function of the step.

    The process's own random streams, and its choice of kernels, are as before afterwards. The
    number of threads is the caller's choice; another number may round differently.

    Args:
        task: Changed in place: afterwards its networks hold the result, on the training device.
        arrays: The data set by name, equal lengths, e.g. `{"images": uint8 (N, C, H, W),
            "labels": int64 (N,)}`; see `kizu.training.data.DeviceData`.
        settings: See `TrainingParameters`.
        checkpoints: A folder for this training alone; give each training of a node its own
            subfolder. None: nothing is saved and nothing resumed. A finished training leaves its
            final state there: running it again loads that result and says so. Whoever stores the
            outputs deletes the folder.
        evaluate: Called every `settings.evaluate_every` steps and after the last, on every
            process. Its random draws are undone, and its networks' modes.
        description: The progress bar's text.

    Raises:
        ValueError: `evaluate_every` without `evaluate`, or data that cannot be batched.
        DeviceError: The device or a feature asked of it does not exist.
        CheckpointError: No permission, a full disk, or a checkpoint of another training.
        TrainingDiverged: A metric or a weight is no longer finite.
        TrainingInterrupted: SIGINT or SIGTERM; the state was saved first.
    """
    if settings.evaluate_every is not None and evaluate is None:
        raise ValueError(f"evaluate_every is {settings.evaluate_every}, but nothing can evaluate")
    device = resolve_device(settings.device)
    distributed.join(device)
    check_features(settings, device, distributed.world_size())

    process = distributed.rank()
    with (
        seeded(derived_seed(settings.seed, GLOBAL, process), device),
        deterministic(device) as nondeterministic,
        StopSignals() as signals,
    ):
        _place(task, device, settings)
        data = DeviceData(
            arrays,
            device,
            batch_size=settings.batch_size,
            batches_per_step=task.batches_per_step,
            seed=settings.seed,
        )
        generator = torch.Generator(device).manual_seed(derived_seed(settings.seed, NOISE, process))
        context = StepContext(device, generator, settings.precision, settings.gradient_clip)
        rates = LearningRates(
            task.optimizers, task.schedules, on_device=device if settings.cuda_graph else None
        )
        take_step = GraphedStep(task, context) if settings.cuda_graph else task.step
        window = MetricWindow(settings.log_every, device)
        state = TrainingState(task, context, window, _identity(arrays, settings, device))
        run = _Run(task, state, window, settings, checkpoints, evaluate, description)
        run.resume()
        with run.progress:
            for step in range(state.step, settings.steps):
                rates.apply(step)
                window.record(take_step(data.batches(step), context))
                for average in task.averages.values():
                    average.update()
                state.step = step + 1
                run.between_steps(signals)
        state.agree()
    return TrainingResult(state.history, sorted(set(nondeterministic)))


def _place(task: Task, device: torch.device, settings: TrainingParameters) -> None:
    """Move the networks in place; their optimizers keep following the same parameters."""
    averaged = [average.network for average in task.averages.values()]
    for network in [*task.networks.values(), *averaged]:
        if settings.channels_last:
            network.to(device, memory_format=torch.channels_last)
        else:
            network.to(device)
    distributed.copy_from_first([*task.networks.values(), *averaged])
    for network in task.networks.values():
        network.train()
        if settings.compile:
            network.compile()


def _identity(
    arrays: Mapping[str, np.ndarray], settings: TrainingParameters, device: torch.device
) -> dict[str, Any]:
    """What must agree for a checkpoint to be this training's."""
    return {
        **settings.model_dump(exclude={"checkpoint_every"}),
        "device": device.type,
        "data": {name: [str(array.dtype), *array.shape] for name, array in arrays.items()},
        "processes": distributed.world_size(),
    }


class _Run:
    """What happens between two steps: readings, evaluations, checkpoints, the end."""

    def __init__(
        self,
        task: Task,
        state: TrainingState,
        window: MetricWindow,
        settings: TrainingParameters,
        checkpoints: Path | None,
        evaluate: Evaluate | None,
        description: str,
    ) -> None:
        self._task = task
        self._state = state
        self._window = window
        self._settings = settings
        self._evaluate = evaluate
        self._writes = distributed.rank() == 0
        self._store = CheckpointStore(checkpoints) if checkpoints and self._writes else None
        self._checkpoints = checkpoints
        # On a terminal only (None); a log file has the metrics instead.
        self.progress = tqdm(
            total=settings.steps, desc=description, disable=None if self._writes else True
        )

    def resume(self) -> None:
        """Load the newest checkpoint, if there is one, and report what it went through."""
        if self._checkpoints is None:
            return
        saved = distributed.from_first(self._store.load() if self._store else None)
        if saved is None:
            return
        self._state.load_state_dict(saved)
        self.progress.update(self._state.step)
        if self._state.step == self._settings.steps:
            logger.warning(
                "This training has finished before; its result is loaded from %s. "
                "Delete that folder to train again.",
                self._checkpoints,
            )
        else:
            logger.info("Going on after step %d from %s.", self._state.step, self._checkpoints)
        for row in self._state.history:
            self._report(row)

    def between_steps(self, signals: StopSignals) -> None:
        """Do what is due after the step just finished."""
        step, settings = self._state.step, self._settings
        last = step == settings.steps
        evaluates = self._evaluate is not None and (
            last or (settings.evaluate_every is not None and step % settings.evaluate_every == 0)
        )
        reads = last or evaluates or self._window.count == settings.log_every
        if reads:
            self._read(evaluates)
        self.progress.update()
        # Processes must stop after the same step, so several of them agree at readings only.
        stop = signals.received
        if distributed.world_size() > 1:
            stop = distributed.largest(stop, self._window.device) if reads else 0
        if last or stop or step % settings.checkpoint_every == 0:
            self._save()
        if stop:
            interruption = TrainingInterrupted(stop, step, self._checkpoints)
            if self._writes:
                logger.warning("%s", interruption)
            raise interruption

    def _read(self, evaluates: bool) -> None:
        rows = self._finite_rows()
        row = {"step": self._state.step, **mean(rows)}
        if evaluates:
            row |= self._evaluation()
        self._window.clear()
        self._state.history.append(row)
        self._report(row)

    def _finite_rows(self) -> list[dict[str, float]]:
        rows = self._window.read()
        for back, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
            for name, value in row.items():
                if not math.isfinite(value):
                    self._diverged(self._state.step - back, name, value)
        return rows

    def _evaluation(self) -> dict[str, float]:
        assert self._evaluate is not None
        networks = list(self._task.networks.values())
        modes = [network.training for network in networks]
        streams = global_state(self._window.device)
        values = self._evaluate(self._state.step)
        restore_global_state(streams, self._window.device)
        for network, mode in zip(networks, modes, strict=True):
            network.train(mode)
        return {name: float(value) for name, value in values.items()}

    def _report(self, row: dict[str, float]) -> None:
        if not self._writes:
            return
        metrics = {name: value for name, value in row.items() if name != "step"}
        self.progress.set_postfix(metrics, refresh=False)
        metrics_logger.info("step %d", row["step"], extra={"step": row["step"], "metrics": metrics})

    def _save(self) -> None:
        if self._checkpoints is None:
            return
        # A checkpoint that cannot be trusted is worse than an older one that can.
        self._finite_rows()
        if network := self._state.weights_not_finite():
            self._diverged(self._state.step, f"a weight of {network}", math.nan)
        saved = self._state.state_dict()
        if self._store:
            self._store.save(self._state.step, saved)

    def _diverged(self, step: int, name: str, value: float) -> None:
        raise TrainingDiverged(step, name, value, self._store.latest if self._store else None)
