"""How long a step of a training takes, taken from the messages that the training logs anyway."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath


def timing_path(address: str, stage: str) -> str:
    """Return where the timing of a training stage lies, relative to the project.

    It is no data that DVC could keep, but a measurement to be committed beside the table.

    Args:
        address: of the cell, ``experiments/<name>`` or ``experiments/<name>/<choices>``.
        stage: the stage.
    """
    folder, name, *choices = address.split("/")
    return PurePosixPath(folder, name, "timings", *choices, f"{stage}.json").as_posix()


class _Clock(logging.Handler):
    """Notes when the first and the last of the steps were logged."""

    def __init__(self) -> None:
        super().__init__()
        self.readings: list[tuple[int, float]] = []

    def emit(self, record: logging.LogRecord) -> None:
        # What belongs to no step may be logged too.
        if (step := getattr(record, "step", None)) is not None:
            self.readings = [*self.readings[:1], (step, time.perf_counter())]


@contextmanager
def timed_steps(file: Path) -> Iterator[None]:
    """Write ``seconds_per_step`` of the training inside into a JSON file.

    Logging a step waits for the device, so the time is that of the work. The first reading comes
    after the first ``log_every`` steps: building and compiling the networks do not count; pictures
    and checkpoints on the way do. It is null where fewer than two readings were logged.
    """
    clock, logger = _Clock(), logging.getLogger("kizu.metrics")
    logger.addHandler(clock)
    try:
        yield
    finally:
        logger.removeHandler(clock)
    seconds = None
    if len(clock.readings) > 1:
        (first, started), (last, ended) = clock.readings
        seconds = (ended - started) / (last - first)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"seconds_per_step": seconds}) + "\n", encoding="utf-8")
