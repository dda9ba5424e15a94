"""What a run costs: times and memory, which differ from run to run.

No file that is compared by its content may hold them. They are logged like the metrics of a
training, so that the tracking of runs keeps them.
"""

import logging
import sys

logger = logging.getLogger("kizu.metrics")


def log_costs(name: str, **costs: float) -> None:
    """Log costs as ``<name>.<cost>``; they belong to the run as a whole, to none of its steps."""
    metrics = {f"{name}.{cost}": float(value) for cost, value in costs.items()}
    shown = ", ".join(f"{cost} {value:.4g}" for cost, value in costs.items())
    logger.info("%s: %s", name, shown, extra={"metrics": metrics})


def peak_mebibytes() -> float:
    """Return the most main memory that this process has held so far, in MiB.

    It only grows: what comes after a hungrier part shows that part's peak. Memory of an
    accelerator is not in it.
    """
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kibibytes, but bytes on macOS.
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
