"""The table that ``kizu repro`` ends with."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kizu.lineage.catalog import CatalogEntry, read_catalog
from kizu.lineage.configuration import config_loader
from kizu.lineage.project import Project
from kizu.tracking.closing import locked_stages
from kizu.tracking.lock import after
from kizu.tracking.publish import is_published, published_path
from kizu.tracking.records import Record, Status, flatten
from kizu.tracking.runs import CACHED
from kizu.tracking.sync import SyncReport

_NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Row:
    """One stage in the summary.

    Attributes:
        stage: its name.
        status: ``finished``, ``cached``, ``failed``, ``interrupted`` or ``not reached``.
        seconds: how long it took; None if it did not run.
        key_metrics: the values that its catalog entries name as such.
    """

    stage: str
    status: str
    seconds: float | None
    key_metrics: Mapping[str, float]


@dataclass(frozen=True)
class Summary:
    """What a repro did.

    Attributes:
        rows: the stages, in the order of the pipeline.
        report: the HTML report, relative to the project; None if there is none.
        parent: the address of the repro's run; None if nothing ran or MLflow did not get it.
        problem: why MLflow did not get the runs.
    """

    rows: tuple[Row, ...]
    report: str | None
    parent: str | None
    problem: str | None

    def render(self) -> str:
        """Return the summary as text."""
        cells = [("stage", "status", "time", "key metrics")]
        cells += [(row.stage, row.status, _time(row), _metrics(row)) for row in self.rows]
        widths = [max(len(row[column]) for row in cells) for column in range(3)]
        lines = [
            f"{name:{widths[0]}}  {status:{widths[1]}}  {time:>{widths[2]}}  {metrics}".rstrip()
            for name, status, time, metrics in cells
        ]
        lines.append("")
        if self.report:
            lines.append(f"report  {self.report}")
        if self.parent:
            lines.append(f"runs    {self.parent}")
        lines.append("        `kizu ui` opens MLflow on all runs")
        if self.problem:
            lines.append(f"\n{self.problem}")
        return "\n".join(lines)


def summarize(project: Project, report: SyncReport) -> Summary:
    """Say what became of each stage.

    Args:
        project: the project.
        report: what closing the repro's session gave (see `kizu.tracking.repro`).
    """
    assert report.session is not None
    locked = locked_stages(report.session, project.root)
    catalog = read_catalog(config_loader(project, report.session.profile))
    ran = {record.stage: record for record in report.records}
    broken = {name for name, record in ran.items() if record.status is not Status.FINISHED}
    unreached = after(locked, broken)
    rows = []
    for name, stage in locked.items():
        if name in ran:
            rows.append(_ran(ran[name]))
        elif name in unreached:
            rows.append(Row(name, _NOT_REACHED, None, {}))
        else:
            metrics = _metrics_on_disk(project.root, catalog.values(), stage.outputs)
            rows.append(Row(name, CACHED, None, metrics))
    rows += [_ran(ran[name]) for name in ran if name not in locked]
    made = {row.stage for row in rows if row.status in (Status.FINISHED, CACHED)}
    outputs = {path for name in made & locked.keys() for path in locked[name].outputs}
    pages = (str(entry.path) for entry in catalog.values() if entry.kind == "report")
    return Summary(
        rows=tuple(rows),
        report=next((_shown(project, path) for path in pages if path in outputs), None),
        parent=next(iter(report.parents), None),
        problem=str(report) if report.problem else None,
    )


def _ran(record: Record) -> Row:
    metrics = {name: record.metrics[name] for name in record.key_metrics}
    return Row(record.stage, record.status, record.seconds, metrics)


def _metrics_on_disk(
    root: Path, entries: Iterable[CatalogEntry], outputs: Collection[str]
) -> dict[str, float]:
    """Read the key metrics of a stage that did not run."""
    found: dict[str, float] = {}
    for entry in entries:
        names = entry.metadata.get("key_metrics")
        if names and entry.path in outputs and (root / str(entry.path)).is_file():
            values = flatten(json.loads((root / str(entry.path)).read_text(encoding="utf-8")))
            found |= {name: values[name] for name in names if name in values}
    return found


def _shown(project: Project, path: str) -> str:
    """Return the copy of the report that names its runs, if it is one of this report."""
    report = project.root / path
    return project.relative(published_path(report)) if is_published(report) else path


def _time(row: Row) -> str:
    if row.seconds is None:
        return "-"
    minutes, seconds = divmod(row.seconds, 60)
    return f"{minutes:.0f} min {seconds:02.0f} s" if minutes else f"{seconds:.1f} s"


def _metrics(row: Row) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in row.key_metrics.items())
