"""JSON documents: metrics, histories, configurations."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro.io import DatasetError

from kizu.datasets.base import FileDataset


class JsonDataset(FileDataset[Any, Any]):
    """A JSON document with sorted keys; a value that JSON cannot hold is refused by its path."""

    FORM = "JSON document"

    def _read(self, path: Path) -> Any:
        return json.loads(path.read_text(encoding="utf-8"))

    def _write(self, data: Any, path: Path) -> None:
        write_json(data, path)


def write_json(data: Any, path: Path) -> None:
    """Write ``data`` as UTF-8 JSON: sorted keys, two spaces, a line feed at the end.

    Raises:
        DatasetError: a value is NaN, infinite or no JSON type; the message names where it stands.
    """
    problem = _problem(data, "")
    if problem:
        raise DatasetError(f"{problem} JSON cannot hold it.")
    text = json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_bytes(text.encode() + b"\n")


def _problem(value: Any, where: str) -> str | None:
    """Return a sentence about the first value that JSON cannot hold, or None."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                return f"The key {key!r} at {where or 'the top'} is no string."
            if problem := _problem(item, f"{where}.{key}" if where else key):
                return problem
        return None
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if problem := _problem(item, f"{where}[{index}]"):
                return problem
        return None
    if isinstance(value, float):
        # NaN and the infinities are the only floats that differ from themselves minus zero.
        return None if value - value == 0 else f"The value of {where or 'the top'} is {value}."
    if value is None or isinstance(value, str | int):
        return None
    kind = f"{type(value).__module__}.{type(value).__name__}"
    return f"The value of {where or 'the top'} is a {kind}."
