"""Where this study keeps what it measured: small files, a folder a seed."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
DIGITS = range(10)

Rows = dict[str, dict[str, Any]]
"""The figures of one digit, by detector."""


def seeds() -> list[int]:
    """The seeds of which anything has been measured."""
    return sorted(int(folder.name) for folder in RESULTS.iterdir())


def read_digit(seed: int, digit: int) -> Rows:
    """What has been measured of a digit."""
    return _read(RESULTS / str(seed) / f"{digit}.json")


def add_to_digit(seed: int, digit: int, name: str, figures: dict[str, float]) -> None:
    """Keep a detector's figures beside what else has been measured, by other processes too."""
    _add(RESULTS / str(seed) / f"{digit}.json", name, figures)


def read_intervals(seed: int) -> dict[str, list[float]]:
    """The interval of each detector's mean over the digits."""
    return _read(RESULTS / str(seed) / "intervals.json")


def add_interval(seed: int, name: str, ends: list[float]) -> None:
    """Keep a detector's interval."""
    _add(RESULTS / str(seed) / "intervals.json", name, ends)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _add(path: Path, name: str, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_read(path) | {name: value}, indent=2, sort_keys=True) + "\n")
