"""How training went: every logged metric against the step."""

from collections.abc import Mapping, Sequence

from kizu.reporting.document import (
    Block,
    Chart,
    Charts,
    Heading,
    Notice,
    Section,
)
from kizu.reporting.formatting import number
from kizu.reporting.names import words
from kizu.reporting.series import history_series
from kizu.reporting.svg import Line, line_chart, line_legend

History = Sequence[Mapping[str, float]]


def history_charts(rows: History, *, subject: str) -> Block:
    """A chart for each metric of a training history, its measurements on several splits together.

    Args:
        rows: ``{"step": …, metric: value, …}``, one a logged step; ``calibration_loss`` is drawn
            with ``loss``.
        subject: whose training it is, for the descriptions.
    """
    names = dict.fromkeys(name for row in rows for name in row if name != "step")
    panels: dict[str, list[str]] = {}
    for name in names:
        panels.setdefault(name.removeprefix("calibration_"), []).append(name)
    charts = []
    for title, together in panels.items():
        lines = [
            Line(words(name), *history_series(rows, name), look)
            # The metric of the train split first: it keeps the first color in every chart.
            for look, name in enumerate(sorted(together, key=len))
        ]
        lines = [line for line in lines if line.y]
        if lines:
            charts.append(_chart(words(title), lines, subject))
    return Charts(charts) if charts else Notice(f"{subject}: no step was logged.")


def _chart(title: str, lines: Sequence[Line], subject: str) -> Chart:
    ranges = [
        f"{line.label} from {number(line.y[0])} at step {line.x[0]:g} to {number(line.y[-1])} "
        f"at step {line.x[-1]:g}, lowest {number(min(line.y))}, highest {number(max(line.y))}"
        for line in lines
    ]
    drawing = line_chart(lines, description=f"{subject}: {'; '.join(ranges)}.", x_label="step")
    return Chart(title, drawing, line_legend(lines) if len(lines) > 1 else ())


def training_section(histories: Mapping[str, History]) -> Section:
    """Training curves under a heading for each subject.

    Args:
        histories: by subject, see `history_charts`.
    """
    blocks: list[Block] = []
    for subject, rows in histories.items():
        blocks += [Heading(subject), history_charts(rows, subject=subject)]
    lead = "Every logged metric against the step. Losses of a GAN do not fall; they should balance."
    return Section("training", "Training", lead, blocks)
