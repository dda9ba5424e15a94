"""Whether the false-positive rates that were promised hold on the test items."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from kizu.evaluation.false_positive_band import false_positive_band
from kizu.reporting.document import (
    Block,
    Cell,
    Chart,
    Charts,
    Column,
    Heading,
    Notice,
    Section,
    Table,
)
from kizu.reporting.formatting import counted, number, percent, percent_tick
from kizu.reporting.names import words
from kizu.reporting.sections.detected import Detected
from kizu.reporting.sections.estimates import rate
from kizu.reporting.svg import (
    LARGE,
    Line,
    interval_axis,
    interval_mark,
    interval_range,
    line_chart,
    line_legend,
)

# Right end of the calibration chart: beyond it, nobody would run a detector.
_HIGHEST_LEVEL = 0.25


def calibration_section(detected: Sequence[Detected]) -> Section:
    """Target against achieved false-positive rate: at the threshold, and at every other level.

    Args:
        detected: of each modality, in order.
    """
    lead = (
        "Thresholds come from normal items that no detector was fitted on (split conformal), "
        "without a single anomalous one. What matters is whether the promised false-positive rate "
        "holds on the test items."
    )
    blocks: list[Block] = []
    for own in detected:
        blocks.append(Heading(own.modality.title))
        if own.detectors:
            blocks += [_thresholds(own), _level_chart(own)]
        else:
            blocks.append(Notice(f"{own.modality.title}: no threshold was set."))
    return Section("calibration", "Calibration", lead, blocks or [Notice("Nothing was detected.")])


def _thresholds(detected: Detected) -> Table:
    rates = [
        own[key]
        for own in detected.detectors.values()
        for key in (
            "target_false_positive_rate",
            "false_positive_rate",
            "false_positive_rate_low",
            "false_positive_rate_high",
        )
        if key in own
    ]
    ends = interval_range([0.0, *rates])
    return Table(
        caption=f"{detected.modality.title}: false-positive rate at the threshold",
        columns=[
            Column("detector", sort="text"),
            Column("target", numeric=True),
            Column("achieved", numeric=True, sort="value"),
            Column("achieved, 95% interval", axis=interval_axis(ends, percent_tick)),
            Column("expected", numeric=True),
            Column("anomalies found", numeric=True, sort="value"),
            Column("threshold", numeric=True),
        ],
        rows=[
            _row(name, own, ends, _expected(detected, name))
            for name, own in detected.detectors.items()
        ],
        note=_note(detected),
    )


def _row(
    name: str, own: Mapping[str, float], ends: tuple[float, float], expected: Cell
) -> list[Cell]:
    return [
        Cell(words(name)),
        Cell(percent(own.get("target_false_positive_rate"))),
        rate(own, "false_positive_rate"),
        Cell(
            drawing=interval_mark(
                own.get("false_positive_rate", math.nan),
                own.get("false_positive_rate_low"),
                own.get("false_positive_rate_high"),
                ends=ends,
                reference=own.get("target_false_positive_rate"),
                emphasis=True,
            )
        ),
        expected,
        rate(own, "true_positive_rate"),
        Cell(number(own.get("threshold"))),
    ]


def _expected(detected: Detected, name: str) -> Cell:
    """The rates that chance makes likely, and whether the achieved one is none of them."""
    own = detected.detectors[name]
    target, achieved = (own.get(f"{end}false_positive_rate") for end in ("target_", ""))
    tested = detected.tested(name)
    normal = int((tested["is_anomaly"] == 0).sum())
    size = detected.calibration_size
    # The combination is calibrated in another way.
    if target is None or achieved is None or name == detected.combined or not (size and normal):
        return Cell("–")
    low, high = false_positive_band(size, normal, target)
    inside = low <= achieved <= high
    return Cell(f"{percent(low)} to {percent(high)}", tag="" if inside else "✗ outside")


def _note(detected: Detected) -> str:
    """How to read the table."""
    modality = detected.modality
    size = counted(detected.calibration_size, modality.item, modality.items)
    return (
        f"The dashed line is the target; the interval is that of the test {modality.items}. "
        f"Expected: where 95% of all draws of {size} to calibrate on, and of the normal test "
        f"{modality.items}, put the rate as long as both are of one kind."
    )


def _level_chart(detected: Detected) -> Block:
    """Share of normal test items with a p-value at most p, for every p up to a quarter."""
    lines = []
    for look, name in enumerate(detected.detectors):
        tested = detected.tested(name)
        p_values = np.sort(tested.loc[tested["is_anomaly"] == 0, "p_value"].to_numpy())
        if not p_values.size:
            continue
        steps = np.unique(p_values[p_values <= _HIGHEST_LEVEL])
        achieved = np.searchsorted(p_values, steps, side="right") / p_values.size
        # Flagging p-values at most p: a staircase that rises at each p-value that occurs.
        x = np.concatenate([[0.0], np.repeat(steps, 2), [_HIGHEST_LEVEL]])
        y = np.repeat(np.concatenate([[0.0], achieved]), 2)
        lines.append(Line(words(name), x.tolist(), y.tolist(), look))
    if not lines:
        return Notice(f"There are no scores of normal test {_items(detected)}.")
    highest = max(_HIGHEST_LEVEL, *(max(line.y) for line in lines))
    drawing = line_chart(
        lines,
        description="Achieved against target false-positive rate of "
        f"{len(lines)} detectors of {_items(detected)}, for targets from 0 to "
        f"{percent(_HIGHEST_LEVEL, 0)}. "
        "On the dotted diagonal the promise holds exactly; below it a detector is cautious.",
        x_label="target false-positive rate",
        y_label=f"achieved on normal test {_items(detected)}",
        x_range=(0.0, _HIGHEST_LEVEL),
        y_range=(0.0, highest),
        form=percent_tick,
        diagonal=True,
        size=LARGE,
    )
    return Charts(
        [Chart(f"{detected.modality.title}: every other target", drawing, line_legend(lines))],
        caption="On the dotted diagonal the promise holds exactly; above it, more normal "
        f"{_items(detected)} are flagged than promised. A small calibration split makes steps and "
        "scatter.",
    )


def _items(detected: Detected) -> str:
    return detected.modality.items
