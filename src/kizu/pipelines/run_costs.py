"""What a part of a run costs: time and memory, which differ from run to run.

No file that is compared by its content may hold them. They are logged like the metrics of a
training, so that the tracking of runs keeps them.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger("kizu.metrics")

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Cost:
    """What a part of a run took, once it is over.

    Attributes:
        seconds: on the clock.
        process_peak_mebibytes: the most main memory that the whole process held meanwhile, in MiB,
            libraries and data included. None where the system does not tell (all but Linux).
        growth_mebibytes: how far that is beyond what the process held before, in MiB. What was
            freed before and not handed back is used again and does not count, so that it is near 0
            for whatever is small. Neither has memory of an accelerator in it.
    """

    seconds: float = 0.0
    process_peak_mebibytes: float | None = None
    growth_mebibytes: float | None = None


@contextmanager
def watched() -> Iterator[Cost]:
    """Give the cost of what happens inside; the first to use a library pays for loading it."""
    cost = Cost()
    before = _new_peak()
    start = time.perf_counter()
    yield cost
    cost.seconds = time.perf_counter() - start
    if before is not None:
        # The kernel counts a few pages late.
        cost.process_peak_mebibytes = _peak()
        cost.growth_mebibytes = max(0.0, cost.process_peak_mebibytes - before)


def log_costs(name: str, **costs: float | None) -> None:
    """Log costs as ``<name>.<cost>``; they belong to the run as a whole, to none of its steps.

    Args:
        name: of the part of the run.
        costs: by name; None is left out.
    """
    known = {f"{name}.{cost}": value for cost, value in costs.items() if value is not None}
    shown = ", ".join(f"{cost} {value:.4g}" for cost, value in known.items())
    logger.info("%s", shown, extra={"metrics": known})


def _new_peak() -> float | None:
    """Let the peak begin at what is held now, and return that; None if the system cannot."""
    try:
        _CLEAR.write_text("5")  # proc(5): resets the peak resident set size
        return _peak()
    except OSError:
        return None


def _peak() -> float:
    (kibibytes,) = re.findall(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
    return int(kibibytes) / 1024
