"""What a record says about the files that a stage read and wrote.

Every function takes catalog entries with absolute paths, of files and folders that are there.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kizu.lineage.catalog import CatalogEntry
from kizu.lineage.hashing import content_hash
from kizu.tracking.records import flatten

# By `metadata.kizu.kind`: the folder, in the record and in MLflow, of files to look at.
_ARTIFACT_FOLDERS = {
    "figure": "figures",
    "metrics": "metrics",
    "plots": "plots",
    "report": "report",
}


def hashes(entries: Iterable[CatalogEntry], project: Path) -> dict[str, str]:
    """Return the content hash of each file or folder by its path in the project."""
    return {_relative(entry, project): content_hash(_path(entry), project) for entry in entries}


def final_metrics(entries: Iterable[CatalogEntry]) -> tuple[dict[str, float], list[str]]:
    """Return the values of all metrics files, and the names that the catalog calls key metrics."""
    metrics: dict[str, float] = {}
    key_metrics: list[str] = []
    for entry in entries:
        if entry.kind == "metrics":
            values = _numbers(flatten(_read_json(entry)))
            metrics |= values
            key_metrics += [
                name for name in entry.metadata.get("key_metrics", ()) if name in values
            ]
    return metrics, key_metrics


def step_history(entries: Iterable[CatalogEntry]) -> list[dict[str, float]]:
    """Return the rows of all plots that are a history of steps; those of a ROC curve are none."""
    rows = (row for entry in entries if entry.kind == "plots" for row in _read_json(entry))
    return [_numbers(row) for row in rows if isinstance(row, Mapping) and "step" in row]


def report_path(entries: Iterable[CatalogEntry], project: Path) -> str | None:
    """Return the path of the HTML report, if one of the files is a report."""
    return next((_relative(entry, project) for entry in entries if entry.kind == "report"), None)


def copy_artifacts(entries: Iterable[CatalogEntry], folder: Path) -> list[str]:
    """Copy the files to look at, and folders of such, beside a run, named after their datasets.

    Returns:
        The files' paths in ``folder``, sorted.
    """
    copied = []
    for entry in entries:
        if entry.kind not in _ARTIFACT_FOLDERS:
            continue
        place = f"{_ARTIFACT_FOLDERS[entry.kind]}/{entry.name}"
        for source, name in _files(_path(entry), place):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            copied.append(name)
    return sorted(copied)


def _files(path: Path, place: str) -> Iterator[tuple[Path, str]]:
    if path.is_file():
        yield path, place + path.suffix
    for file in path.rglob("*"):
        if file.is_file():
            yield file, f"{place}/{file.relative_to(path).as_posix()}"


def _path(entry: CatalogEntry) -> Path:
    return Path(str(entry.path))


def _relative(entry: CatalogEntry, project: Path) -> str:
    path = _path(entry)
    return (path.relative_to(project) if path.is_relative_to(project) else path).as_posix()


def _read_json(entry: CatalogEntry) -> Any:
    return json.loads(_path(entry).read_text(encoding="utf-8"))


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in values.items() if isinstance(value, int | float)}
