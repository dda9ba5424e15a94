"""The built-in text: a made-up milling machine's log, from a seed."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from kizu.sources import machine_log_messages as messages
from kizu.sources.files import SourceFile
from kizu.sources.machine_log_messages import Message, fill
from kizu.sources.origin import Origin, Source

ORIGIN = Origin(
    name="machine_logs",
    title="Log of a made-up milling machine",
    note="Synthetic: the lines come from a seeded simulation, not from a machine. Figures "
    "measured on them say that the pipeline works, not how well it does on a real log.",
)
NORMAL = "normal"
_START = datetime(2024, 1, 8, 6, 0, tzinfo=UTC)
_LINES = 4000
_SEED = 20240108
# A machine that is new has no flaws: models can be fitted on what comes first.
_HEALTHY_SHARE = 0.5
_FLAW_PROBABILITY = 0.7  # of a part, after that
# A burst has many lines, so it comes less often.
_FLAWS = {"unknown_message": 0.3, "out_of_range": 0.3, "wrong_order": 0.3, "burst": 0.1}
_BURST_LINES = (6, 10)

# component, level, message, label, seconds since the line before
Line = tuple[str, str, str, str, float]


def machine_logs() -> Source:
    """Return the log as one CSV file: time, component, level, message, label.

    4,000 lines in the order of time, of a machine that boots, loads parts, cuts, unloads and
    changes tools. Lines are labeled ``normal`` or with the kind of their flaw: a message the
    machine never wrote before, a value out of range, a known message at the wrong time, or a known
    message in a burst. The first half has no flaw.
    """
    return Source(ORIGIN, _files())


def _files() -> Iterator[SourceFile]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["time", "component", "level", "message", "label"])
    time = _START
    for component, level, message, label, pause in _lines(np.random.default_rng(_SEED)):
        time += timedelta(seconds=pause)
        writer.writerow([time.isoformat(timespec="milliseconds"), component, level, message, label])
    name = "machine_logs.csv"
    yield SourceFile(name, name, "machine_logs", buffer.getvalue().encode())


def _lines(random: np.random.Generator) -> list[Line]:
    lines = _say(messages.BOOT, random)
    while len(lines) < _LINES:
        flawed = len(lines) >= _HEALTHY_SHARE * _LINES and random.random() < _FLAW_PROBABILITY
        flaw = random.choice(list(_FLAWS), p=list(_FLAWS.values())) if flawed else None
        lines += _part(random, flaw)
    return lines[:_LINES]


def _part(random: np.random.Generator, flaw: str | None) -> list[Line]:
    """Return what the machine says while it makes one part, with one flaw or none."""
    cutting = _cutting(random)
    if flaw is not None:
        where = int(random.integers(1, len(cutting)))
        cutting[where:where] = _flaw(flaw, random)
    lines = _say(messages.LOADING, random) + _say(messages.STARTING, random) + cutting
    lines += _say(messages.STOPPING, random) + _say(messages.UNLOADING, random)
    if random.random() < 0.2:
        lines += _say(messages.TOOL_CHANGE, random)
    idle = [messages.IDLE[number] for number in random.integers(0, 2, random.integers(1, 4))]
    return lines + _say(idle, random, pause=30.0)


def _cutting(random: np.random.Generator) -> list[Line]:
    frequencies = np.array([4, 2, 4, 4, 3, 0.3])
    chosen = random.choice(
        len(messages.CUTTING), random.integers(8, 15), p=frequencies / frequencies.sum()
    )
    return _say([messages.CUTTING[number] for number in chosen], random)


def _flaw(kind: str, random: np.random.Generator) -> list[Line]:
    if kind == "burst":
        count = int(random.integers(*_BURST_LINES, endpoint=True))
        return _say([messages.BURST] * count, random, label=kind, pause=0.05)
    choices = {
        "unknown_message": messages.UNKNOWN,
        "out_of_range": messages.OUT_OF_RANGE,
        "wrong_order": messages.WRONG_ORDER,
    }[kind]
    return _say([choices[int(random.integers(len(choices)))]], random, label=kind)


def _say(
    said: Sequence[Message],
    random: np.random.Generator,
    *,
    label: str = NORMAL,
    pause: float = 4.0,
) -> list[Line]:
    """Return the messages filled in, ``pause`` seconds apart on average."""
    return [
        (component, level, fill(template, random), label, float(random.exponential(pause)))
        for component, level, template in said
    ]
