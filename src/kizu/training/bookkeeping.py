"""What happens between two steps: readings, evaluations, checkpoints, the end."""

import logging
import math
from collections.abc import Callable, Mapping
from pathlib import Path

from tqdm import tqdm

from kizu.training import distributed
from kizu.training.checkpoint import CheckpointStore
from kizu.training.errors import TrainingDiverged, TrainingInterrupted
from kizu.training.interruption import StopSignals
from kizu.training.metrics import MetricWindow, mean
from kizu.training.randomness import global_state, restore_global_state
from kizu.training.settings import TrainingParameters
from kizu.training.state import TrainingState
from kizu.training.stopping import EarlyStopping
from kizu.training.task import Task

logger = logging.getLogger(__name__)
metrics_logger = logging.getLogger("kizu.metrics")

Evaluate = Callable[[int], Mapping[str, float]]
"""Called with the number of finished steps; its values join the history's row of that step."""


class Bookkeeping:
    """Reads metrics, evaluates, saves and resumes, when each is due."""

    def __init__(
        self,
        task: Task,
        state: TrainingState,
        window: MetricWindow,
        settings: TrainingParameters,
        checkpoints: Path | None,
        evaluate: Evaluate | None,
        description: str,
        stopping: EarlyStopping | None,
    ) -> None:
        """See `kizu.training.loop.train`."""
        self._task = task
        self._state = state
        self._window = window
        self._settings = settings
        self._evaluate = evaluate
        self._stopping = stopping
        self._writes = distributed.rank() == 0
        self._store = CheckpointStore(checkpoints) if checkpoints and self._writes else None
        self._checkpoints = checkpoints
        self._description = description
        # On a terminal only (None); elsewhere a line now and then, see `_show_progress`.
        self.progress = tqdm(
            total=settings.steps, desc=description, disable=None if self._writes else True
        )

    @property
    def finished(self) -> bool:
        """Whether all steps are taken, or no more are worth taking."""
        stopped = self._stopping is not None and self._stopping.due
        return stopped or self._state.step == self._settings.steps

    def resume(self) -> None:
        """Load the newest checkpoint, if there is one, and report what it went through."""
        if self._checkpoints is None:
            return
        saved = distributed.from_first(self._store.load() if self._store else None)
        if saved is None:
            return
        self._state.load_state_dict(saved)
        self.progress.update(self._state.step)
        if self.finished:
            logger.warning(
                "This training has finished before; its result is loaded from %s. "
                "Delete that folder to train again.",
                self._checkpoints,
            )
        else:
            logger.info("Going on after step %d from %s.", self._state.step, self._checkpoints)
        for row in self._state.history:
            self._report(row)

    def after_step(self, signals: StopSignals) -> None:
        """Do what is due after the step just finished."""
        step, settings = self._state.step, self._settings
        last = step == settings.steps
        evaluates = self._evaluate is not None and (
            last or (settings.evaluate_every is not None and step % settings.evaluate_every == 0)
        )
        reads = last or evaluates or self._window.count == settings.log_every
        if reads:
            self._read(evaluates)
        self._show_progress()
        # Processes must stop after the same step, so several of them agree at readings only.
        stop = signals.received
        if distributed.world_size() > 1:
            stop = distributed.largest(stop, self._window.device) if reads else 0
        if self.finished or stop or step % settings.checkpoint_every == 0:
            self._check_finite()
            self._save()
        if stop:
            interruption = TrainingInterrupted(stop, step, self._checkpoints)
            if self._writes:
                logger.warning("%s", interruption)
            raise interruption

    def _show_progress(self) -> None:
        """Move the bar, or say at every tenth part how far the training is."""
        self.progress.update()
        step, steps = self._state.step, self._settings.steps
        if self._writes and self.progress.disable and step * 10 // steps > (step - 1) * 10 // steps:
            logger.info("%s: step %d of %d", self._description, step, steps)

    def _read(self, evaluates: bool) -> None:
        rows = self._finite_rows()
        row = {"step": self._state.step, **mean(rows)}
        if evaluates:
            row |= self._evaluation()
            self._note_best(row)
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

    def _note_best(self, row: Mapping[str, float]) -> None:
        stopping = self._stopping
        if stopping is None:
            return
        stopping.observe(self._state.step, row, self._task)
        if stopping.due and self._writes:
            logger.info(
                "%s: stopped after step %d; %s has been lowest at step %d, and the weights are "
                "of then.",
                self._description,
                self._state.step,
                stopping.metric,
                stopping.best_step,
            )

    def _report(self, row: dict[str, float]) -> None:
        if not self._writes:
            return
        metrics = {name: value for name, value in row.items() if name != "step"}
        self.progress.set_postfix(metrics, refresh=False)
        metrics_logger.info("step %d", row["step"], extra={"step": row["step"], "metrics": metrics})

    def _check_finite(self) -> None:
        """Let nothing be saved or returned that is worse than the checkpoint before."""
        self._finite_rows()
        if network := self._state.weights_not_finite():
            self._diverged(self._state.step, f"a weight of {network}", math.nan)

    def _save(self) -> None:
        if self._checkpoints is None:
            return
        saved = self._state.state_dict()
        if self._store:
            self._store.save(self._state.step, saved)

    def _diverged(self, step: int, name: str, value: float) -> None:
        raise TrainingDiverged(step, name, value, self._store.latest if self._store else None)
