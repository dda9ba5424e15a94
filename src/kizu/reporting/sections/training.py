"""How training went: every logged metric against the step."""

from collections.abc import Mapping, Sequence

from kizu.reporting.document import (
    Block,
    Chart,
    Charts,
    Heading,
    Notice,
    Picture,
    Pictures,
    Section,
)
from kizu.reporting.formatting import number
from kizu.reporting.series import history_series, words
from kizu.reporting.svg import Line, line_chart

History = Sequence[Mapping[str, float]]


def history_charts(rows: History, *, subject: str) -> Block:
    """A chart for each metric of a training history.

    Args:
        rows: ``{"step": …, metric: value, …}``, one a logged step.
        subject: whose training it is, for the descriptions.
    """
    names = list(dict.fromkeys(name for row in rows for name in row if name != "step"))
    charts = []
    for name in names:
        steps, values = history_series(rows, name)
        if not values:
            continue
        description = (
            f"{subject}: {words(name)} against the step, from {number(values[0])} at step "
            f"{steps[0]:g} to {number(values[-1])} at step {steps[-1]:g}; "
            f"lowest {number(min(values))}, highest {number(max(values))}."
        )
        drawing = line_chart([Line(name, steps, values)], description=description, x_label="step")
        charts.append(Chart(words(name), drawing))
    if not charts:
        return Notice(f"{subject}: no step was logged.")
    return Charts(charts)


def training_section(histories: Mapping[str, History], *, confusion: bytes) -> Section:
    """Training curves under a heading for each subject, and the classifier's confusion matrix.

    Args:
        histories: by subject, see `history_charts`.
        confusion: PNG of the matrix of counts on the test split.
    """
    blocks: list[Block] = []
    for subject, rows in histories.items():
        blocks += [Heading(subject), history_charts(rows, subject=subject)]
    blocks += [
        Heading("What the classifier confuses"),
        Pictures(
            [
                Picture.figure(
                    confusion, alt="Confusion matrix of the classifier on the test images."
                )
            ]
        ),
    ]
    lead = "Every logged metric against the step. Losses of a GAN do not fall; they should balance."
    return Section("training", "Training", lead, blocks)
