"""The table of an experiment's results, in its ``README.md``, beside what the paper reports."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

from kizu.lineage.catalog import CatalogEntry, read_catalog
from kizu.lineage.configuration import CellConfigLoader
from kizu.lineage.errors import KizuError
from kizu.lineage.experiments import Choices, Experiment
from kizu.lineage.step_timing import timing_path

TABLE_KEYS = ["columns", "published"]
"""The keys of a description that change the table, besides the metrics."""

REPEATS = "seed"
"""The axis whose choices are repetitions: the table has their mean and standard deviation."""

TIMING = "_timing"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


class _Value(NamedTuple):
    """Where a column's value lies: the path of a file, of any cell's, and a key in it."""

    path: str
    key: str


def table_inputs(experiment: Experiment, catalog: Mapping[str, CatalogEntry]) -> set[str]:
    """Return the files that the table is made of, relative to the project.

    Args:
        experiment: the experiment.
        catalog: of any cell (see `Experiment.any_cell`).

    Raises:
        KizuError: a column names no data of the experiment.
    """
    values = _columns(experiment, catalog).values()
    cells = [*experiment.cells()]
    return {experiment.fill(value.path, choices) for value in values for choices in cells}


def write_table(experiment: Experiment) -> None:
    """Put the table between its two marks in the experiment's ``README.md``.

    Cells that have not run stay empty.

    Raises:
        KizuError: there is no such file, or no place for the table in it.
    """
    path = experiment.folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise KizuError(
            f"{experiment.project.relative(path)} has no place for the table.",
            f"write two lines into it: {BEGIN} and {END}",
        )
    table = "\n".join(table_lines(experiment))
    path.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")


def table_lines(experiment: Experiment) -> list[str]:
    """Return the table in Markdown: a row a cell, repetitions of a cell in one row."""
    description = experiment.description
    axes = [axis for axis in description.axes if axis != REPEATS]
    shown = [
        heading
        for column in description.columns
        for heading in (
            column,
            *(
                [_published(column)]
                if any(column in p.values for p in description.published)
                else []
            ),
        )
    ]
    rows: dict[tuple[str, ...], list[Choices]] = {}
    for choices in experiment.cells():
        rows.setdefault(tuple(choices[axis] for axis in axes), []).append(choices)
    catalog = read_catalog(CellConfigLoader(experiment, experiment.any_cell))
    values = _columns(experiment, catalog)
    read = cache(lambda path: _read(experiment.project.root / path))
    lines = [_line([*axes, *shown]), _line(["---"] * len(axes) + ["---:"] * len(shown))]
    for names, cells in rows.items():
        entries: dict[str, str] = {}
        for column, value in values.items():
            files = [read(experiment.fill(value.path, choices)) for choices in cells]
            measured = [f[value.key] for f in files if f.get(value.key) is not None]
            entries[column] = _shown(measured)
        for row in description.published:
            if {*row.choices} <= {*names}:
                entries |= {_published(column): str(value) for column, value in row.values.items()}
        lines.append(_line([*names, *(entries.get(heading, "") for heading in shown)]))
    return lines


def _columns(experiment: Experiment, catalog: Mapping[str, CatalogEntry]) -> dict[str, _Value]:
    columns = {}
    for column, reference in experiment.description.columns.items():
        dataset, _, key = reference.partition(".")
        stage = dataset.removesuffix(TIMING)
        if stage in experiment.axes and stage != dataset:
            path = timing_path(experiment.address(stage, experiment.any_cell), stage)
        elif any(dataset in stage.outputs for stage in experiment.stages):
            path = str(catalog[dataset].path)
        else:
            raise KizuError(
                f"experiments/{experiment.name}: the column {column!r} is {reference}, but no "
                f"stage of the experiment makes {dataset}.",
                "name one of its datasets, or <stage>_timing",
            )
        columns[column] = _Value(path, key)
    return columns


def _read(path: Path) -> Mapping[str, float]:
    content: Mapping[str, float] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return content


def _published(column: str) -> str:
    return f"{column}, published"


def _shown(values: Sequence[float]) -> str:
    if not values:
        return ""
    spread = f" ± {stdev(values):.2g}" if len(values) > 1 else ""
    return f"{mean(values):.4g}{spread}"


def _line(entries: Sequence[str]) -> str:
    return f"| {' | '.join(entries)} |"
