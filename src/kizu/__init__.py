"""Reproducible generative modeling and anomaly detection."""

from pkgutil import resolve_name
from typing import Any


def __getattr__(name: str) -> Any:
    """Return `kizu.scorers.load_detector`, imported when it is asked for."""
    # By name: every stage imports this package, and none depends on the code that scores.
    if name == "load_detector":
        return resolve_name(f"{__name__}.scorers:{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
