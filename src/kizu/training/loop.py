"""The training loop: one function, a task, its data and its settings."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kizu.training import distributed
from kizu.training.bookkeeping import Bookkeeping, Evaluate
from kizu.training.context import StepContext
from kizu.training.data import DeviceData
from kizu.training.device import check_features, resolve_device
from kizu.training.graph import GraphedStep
from kizu.training.interruption import StopSignals
from kizu.training.metrics import MetricWindow
from kizu.training.randomness import derived_seed, deterministic, seeded
from kizu.training.schedules import LearningRates
from kizu.training.settings import TrainingParameters
from kizu.training.state import TrainingState
from kizu.training.stopping import EarlyStopping
from kizu.training.task import Task

logger = logging.getLogger(__name__)

NOISE, GLOBAL = 1, 2  # purposes under which seeds are derived; 0 is the order of the data


@dataclass(frozen=True)
class TrainingResult:
    """What a training leaves besides the task's networks.

    Attributes:
        history: One row per reading: `step` (finished steps) and the mean of each metric since the
            last reading, and the evaluation's values where there was one. A list for JSON.
        nondeterministic: What PyTorch says of operations for which the device has no deterministic
            kernel; empty when the same machine gives the same bits again.
        best_step: The evaluation that the weights are of, under early stopping.
    """

    history: list[dict[str, float]]
    nondeterministic: list[str]
    best_step: int | None = None


def train(
    task: Task,
    arrays: Mapping[str, np.ndarray],
    settings: TrainingParameters,
    checkpoints: Path | None = None,
    *,
    evaluate: Evaluate | None = None,
    stopping: EarlyStopping | None = None,
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
        stopping: Ends the training early, on a value of `evaluate`; the weights of its best
            evaluation are the result in any case.
        description: The progress bar's text.

    Raises:
        ValueError: `evaluate_every` without `evaluate`, `stopping` without `evaluate_every`, or
            data that cannot be batched.
        DeviceError: The device or a feature asked of it does not exist.
        CheckpointError: No permission, a full disk, or a checkpoint of another training.
        TrainingDiverged: A metric or a weight is no longer finite.
        TrainingInterrupted: SIGINT or SIGTERM; the state was saved first.
    """
    if settings.evaluate_every is not None and evaluate is None:
        raise ValueError(f"evaluate_every is {settings.evaluate_every}, but nothing can evaluate")
    if stopping is not None and settings.evaluate_every is None:
        raise ValueError("early stopping needs evaluate_every, which is null")
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
        identity = _identity(arrays, settings, device, stopping)
        state = TrainingState(task, context, window, identity, stopping)
        books = Bookkeeping(
            task, state, window, settings, checkpoints, evaluate, description, stopping
        )
        books.resume()
        with books.progress:
            while not books.finished:
                step = state.step
                rates.apply(step)
                window.record(take_step(data.batches(step), context))
                for average in task.averages.values():
                    average.update()
                state.step = step + 1
                books.after_step(signals)
        if stopping is not None:
            stopping.restore(task)
        state.agree()
    for operation in sorted(set(nondeterministic)):
        logger.warning("This device cannot promise the same bits again: %s.", operation)
    best_step = stopping.best_step if stopping else None
    return TrainingResult(state.history, sorted(set(nondeterministic)), best_step)


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
        if settings.compile and next(network.parameters(), None) is not None:
            network.compile()


def _identity(
    arrays: Mapping[str, np.ndarray],
    settings: TrainingParameters,
    device: torch.device,
    stopping: EarlyStopping | None,
) -> dict[str, Any]:
    """What must agree for a checkpoint to be this training's."""
    return {
        **settings.model_dump(exclude={"checkpoint_every"}),
        "device": device.type,
        "data": {name: [str(array.dtype), *array.shape] for name, array in arrays.items()},
        "processes": distributed.world_size(),
        "early stopping": stopping.settings if stopping else None,
    }
