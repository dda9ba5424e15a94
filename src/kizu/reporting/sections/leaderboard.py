"""The detectors of every modality, compared: a table with intervals, and their ROC curves."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from kizu.reporting.formatting import count, counted, number, percent_tick
from kizu.reporting.names import words
from kizu.reporting.sections.detected import Detected
from kizu.reporting.sections.estimates import estimate, rate
from kizu.reporting.sections.heat_maps import heat_map_table
from kizu.reporting.series import roc_points
from kizu.reporting.svg import (
    LARGE,
    Line,
    interval_axis,
    interval_mark,
    interval_range,
    line_chart,
    line_legend,
)

_FURTHER_RATE = re.compile(r"at_(.+)\.false_positive_rate")


def leaderboard_section(detected: Sequence[Detected]) -> Section:
    """A leaderboard and the ROC curves for each modality, and how well its heat maps find defects.

    Args:
        detected: of each modality, in order.
    """
    lead = (
        "Each detector was fitted on normal training items alone and scored the test items. Small "
        "numbers and whiskers are 95% bootstrap intervals over the test items: they tell how much "
        "the items chosen matter, not a second training. AUROC: the chance that an anomalous item "
        "scores higher than a normal one; guessing has 0.5. AUPR: the area under precision against "
        "recall. pAUC(0.1): the AUROC up to 10% false positives, rescaled so that guessing has "
        "0.5. F1: of precision and recall at the threshold. False positives: the share of normal "
        "test items that are flagged, at each share aimed at."
    )
    blocks: list[Block] = []
    for own in detected:
        blocks.append(Heading(own.modality.title))
        if not own.detectors:
            blocks.append(_nothing(own))
            continue
        blocks += [leaderboard(own), _roc_chart(own)]
        if located := heat_map_table(own):
            blocks.append(located)
    return Section("detectors", "Leaderboards", lead, blocks or [Notice("Nothing was detected.")])


def leaderboard(detected: Detected) -> Table:
    """The detectors of a modality, the best AUROC first, with all that was measured of them."""
    detectors = detected.detectors
    lowest = [
        own[key] for own in detectors.values() for key in ("auroc", "auroc_low") if key in own
    ]
    ends = interval_range([*lowest, 1.0])
    baseline = detected.best_baseline
    columns = [
        Column("detector", sort="text"),
        Column("AUROC", numeric=True, sort="value", order="descending", axis=interval_axis(ends)),
        Column("AUPR", numeric=True, sort="value"),
        Column("pAUC(0.1)", numeric=True, sort="value"),
        Column("F1 at the threshold", numeric=True, sort="value"),
    ]
    rows = {
        name: [
            Cell(words(name), tag=detected.tag(name)),
            replace(
                estimate(own, "auroc"),
                drawing=interval_mark(
                    own["auroc"],
                    own.get("auroc_low"),
                    own.get("auroc_high"),
                    ends=ends,
                    reference=detectors[baseline]["auroc"] if baseline else None,
                    emphasis=name not in detected.baselines,
                ),
            ),
            estimate(own, "aupr"),
            estimate(own, "partial_auroc"),
            estimate(own, "f1"),
        ]
        for name, own in detectors.items()
    }
    optional = [*_rate_columns(detected), *_variant_columns(detected), *_size_column(detected)]
    for column, cells in optional:
        columns.append(column)
        for name, cell in zip(rows, cells, strict=True):
            rows[name].append(cell)
    return Table(
        caption=f"Detectors of {detected.modality.key} by area under the ROC curve",
        columns=columns,
        rows=list(rows.values()),
        note=_note(detected),
    )


def further_rates(detectors: Mapping[str, Mapping[str, float]]) -> list[float]:
    """The false-positive rates that were aimed at beside the first, the highest first."""
    metrics = {metric for own in detectors.values() for metric in own}
    matches = (_FURTHER_RATE.fullmatch(metric) for metric in metrics)
    return sorted((float(match[1]) for match in matches if match), reverse=True)


def _rate_columns(detected: Detected) -> list[tuple[Column, list[Cell]]]:
    """The false-positive rate that each target came to."""
    detectors = detected.detectors.values()
    targets = {own.get("target_false_positive_rate") for own in detectors}
    columns = [
        (
            _false_positives(target),
            [rate(own, "false_positive_rate") for own in detectors],
        )
        for target in sorted(target for target in targets if target is not None)
    ]
    for target in further_rates(detected.detectors):
        if _too_few(detected, target):
            cells = [Cell("–", detail="too few") for _ in detectors]
        else:
            cells = [rate(own, f"at_{target:g}.false_positive_rate") for own in detectors]
        columns.append((_false_positives(target), cells))
    return columns


def _too_few(detected: Detected, target: float) -> bool:
    """Whether no threshold can promise a rate: the smallest p-value is 1 / (n + 1)."""
    return (detected.calibration_size + 1) * target < 1 - 1e-9


def _false_positives(target: float) -> Column:
    return Column(f"false positives at {percent_tick(target)}", numeric=True, sort="value")


def _variant_columns(detected: Detected) -> list[tuple[Column, list[Cell]]]:
    """The detector untrained, and under other seeds, where any was measured."""
    columns = []
    for metric, label, cell in (
        ("untrained.auroc", "untrained", _untrained),
        ("seeds.auroc_mean", "over seeds", _seeds),
    ):
        if any(metric in own for own in detected.detectors.values()):
            cells = [cell(own) for own in detected.detectors.values()]
            columns.append((Column(label, numeric=True, sort="value"), cells))
    return columns


def _size_column(detected: Detected) -> list[tuple[Column, list[Cell]]]:
    """What each fitted detector takes, where it was measured."""
    sizes = [own.get("mebibytes") for own in detected.detectors.values()]
    if all(size is None for size in sizes):
        return []
    cells = [Cell(number(size), value=size) for size in sizes]
    return [(Column("MiB", numeric=True, sort="value"), cells)]


def _untrained(own: Mapping[str, float]) -> Cell:
    untrained = own.get("untrained.auroc")
    if untrained is None:
        return Cell("–")
    verdict = "✓ beaten" if own["auroc"] > untrained else "✗ not beaten"
    return Cell(number(untrained), detail=verdict, value=untrained)


def _seeds(own: Mapping[str, float]) -> Cell:
    mean, deviation = own.get("seeds.auroc_mean"), own.get("seeds.auroc_deviation")
    return Cell(number(mean), detail="" if mean is None else f"± {number(deviation)}", value=mean)


def _note(detected: Detected) -> str:
    sentences = [detected.task]
    if detected.best_baseline:
        sentences.append(f"The dashed line is the best baseline, {words(detected.best_baseline)}.")
    for target in further_rates(detected.detectors):
        if _too_few(detected, target):
            size = counted(detected.calibration_size, "item")
            sentences.append(
                f"No threshold can promise {percent_tick(target)} after calibration on {size}; "
                f"that takes {count(math.ceil(1 / target - 1 - 1e-9))}."
            )
    if any("untrained.auroc" in own for own in detected.detectors.values()):
        sentences.append(
            "Untrained: AUROC of the same detector after a single step of training, which it has "
            "to beat."
        )
    if any("seeds.auroc_mean" in own for own in detected.detectors.values()):
        sentences.append("Over seeds: mean and standard deviation of the AUROC of several fits.")
    if any("mebibytes" in own for own in detected.detectors.values()):
        sentences.append("MiB: the fitted detector as it is stored.")
    return " ".join(sentences)


def _nothing(detected: Detected) -> Notice:
    return Notice(f"{detected.modality.title}: no detector was evaluated.")


def _roc_chart(detected: Detected) -> Block:
    lines = []
    for look, name in enumerate(detected.detectors):
        tested = detected.tested(name)
        is_anomaly = tested["is_anomaly"].to_numpy()
        if 0 < is_anomaly.sum() < len(tested):
            x, y = roc_points(is_anomaly, tested["score"].to_numpy())
            lines.append(Line(words(name), x.tolist(), y.tolist(), look))
    if not lines:
        items = detected.modality.items
        return Notice(f"No ROC curves: the test split lacks normal or anomalous {items}.")
    drawing = line_chart(
        lines,
        description=f"ROC curves of {len(lines)} detectors of {detected.modality.items}; the "
        "table above has their areas. On the dotted diagonal a detector would be guessing.",
        x_label="false-positive rate",
        y_label="true-positive rate",
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
        form=percent_tick,
        diagonal=True,
        size=LARGE,
    )
    return Charts([Chart(f"{detected.modality.title}: ROC curves", drawing, line_legend(lines))])
