"""Metrics of a training while it runs.

The training's process only appends lines to a file: that cannot block, does not import MLflow and
outlives the process. `kizu.tracking.follow` reads the lines and sends them.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kizu.tracking.sessions import now

logger = logging.getLogger(__name__)

METRICS_LOGGER = "kizu.metrics"
"""Trainings log here: ``info("step %d", step, extra={"step": step, "metrics": {name: value}})``.

What belongs to the run as a whole is logged without a step.
"""


class LiveMetrics(logging.Handler):
    """Appends each step's metrics to the metrics file of the stage that logs them.

    Args:
        file_of: tells the file, in the thread that logs; None when no stage runs there.
    """

    def __init__(self, file_of: Callable[[], Path | None]) -> None:
        super().__init__(logging.INFO)
        self._file_of = file_of
        self._source = logging.getLogger(METRICS_LOGGER)
        self._before = (self._source.level, self._source.propagate)
        self._broken = False

    def install(self) -> None:
        """Listen to the metrics logger, and show on the console no more than before."""
        self._before = (self._source.level, self._source.propagate)
        if not self._source.isEnabledFor(logging.INFO):
            self._source.setLevel(logging.INFO)
            self._source.propagate = False
        self._source.addHandler(self)

    def uninstall(self) -> None:
        """Undo `install`."""
        self._source.removeHandler(self)
        level, self._source.propagate = self._before
        self._source.setLevel(level)

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line. A full disk costs the live view, never the training."""
        metrics, path = getattr(record, "metrics", None), self._file_of()
        if metrics is None or path is None or self._broken:
            return
        try:
            row = {
                "step": int(getattr(record, "step", 0)),
                "time": now(),
                "metrics": {name: float(value) for name, value in metrics.items()},
            }
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(row)}\n")
        except (OSError, TypeError, ValueError) as error:
            self._broken = True
            logger.warning("the metrics of this training are not shown live: %s", error)


def read_rows(path: Path, start: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Read the complete lines behind a byte offset.

    Returns:
        The rows ``{"step": int, "time": ms, "metrics": {name: value}}`` and the offset behind them.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        return [], start
    whole = data[: data.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], start + len(whole)
