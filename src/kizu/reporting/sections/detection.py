"""How well anomalies were found: detectors compared, thresholds checked, scores shown."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kizu.reporting.document import (
    Block,
    Cell,
    Chart,
    Charts,
    Column,
    Legend,
    Notice,
    Section,
    Table,
)
from kizu.reporting.formatting import (
    count,
    counted,
    interval,
    listed,
    number,
    percent,
    percent_tick,
)
from kizu.reporting.series import DetectorScores, roc_points, words
from kizu.reporting.svg import (
    LARGE,
    Line,
    interval_axis,
    interval_mark,
    interval_range,
    line_chart,
    look_class,
    score_chart,
)

Metrics = Mapping[str, float]

# Right end of the calibration chart: beyond it, nobody would run a detector.
_HIGHEST_LEVEL = 0.25


def by_detector(metrics: Metrics) -> dict[str, dict[str, float]]:
    """Flat keys ``<detector>.<metric>`` as one mapping a detector, the best AUROC first."""
    detectors: dict[str, dict[str, float]] = {}
    for key, value in metrics.items():
        detector, dot, metric = key.partition(".")
        if dot:
            detectors.setdefault(detector, {})[metric] = value
    scored = [name for name, own in detectors.items() if "auroc" in own]
    return {
        name: detectors[name]
        for name in sorted(scored, key=lambda name: (-detectors[name]["auroc"], name))
    }


def detectors_section(metrics: Metrics, scores: Any, *, baselines: Sequence[str]) -> Section:
    """The table of detectors with intervals and baselines, beside a dot and whiskers each.

    Args:
        metrics: flat, ``<detector>.<metric>`` with ``_low`` and ``_high``; the metrics are those
            of `kizu.evaluation.detection.detection_metrics`.
        scores: one row an image and detector: id, class_name, detector, split,
            is_anomaly, score.
        baselines: the detectors that the others have to beat.
    """
    lead = (
        f"{_task(scores)} Each detector was fitted on normal training images alone and scored the "
        "test images. Small numbers and whiskers are 95% bootstrap intervals over the test images."
    )
    detectors = by_detector(metrics)
    if not detectors:
        return Section("detectors", "Detectors", lead, [Notice("No detector was evaluated.")])
    lowest = [
        own[key] for own in detectors.values() for key in ("auroc", "auroc_low") if key in own
    ]
    ends = interval_range([*lowest, 1.0])
    best_baseline = next((name for name in detectors if name in baselines), None)
    rows = [
        [
            Cell(words(name), tag="baseline" if name in baselines else ""),
            _estimate(own, "auroc"),
            Cell(
                drawing=interval_mark(
                    own["auroc"],
                    own.get("auroc_low"),
                    own.get("auroc_high"),
                    ends=ends,
                    reference=detectors[best_baseline]["auroc"] if best_baseline else None,
                    emphasis=name not in baselines,
                )
            ),
            _estimate(own, "aupr"),
            _estimate(own, "partial_auroc"),
            _estimate(own, "f1"),
        ]
        for name, own in detectors.items()
    ]
    note = "The intervals tell how much the test images chosen matter, not a second training."
    if best_baseline:
        note += f" The dashed line is the best baseline, {words(best_baseline)}."
    table = Table(
        caption="Detectors by area under the ROC curve",
        columns=[
            Column("detector"),
            Column("AUROC", numeric=True),
            Column("AUROC, 95% interval", axis=interval_axis(ends)),
            Column("AUPR", numeric=True),
            Column("partial AUROC", numeric=True),
            Column("F1 at the threshold", numeric=True),
        ],
        rows=rows,
        note=note,
    )
    return Section("detectors", "Detectors", lead, [table, _roc_chart(scores, detectors)])


def calibration_section(metrics: Metrics, scores: Any) -> Section:
    """Target against achieved false-positive rate: at the threshold, and at every other level.

    Args:
        metrics: see `detectors_section`, with ``target_false_positive_rate``.
        scores: one row an image and detector: detector, split, is_anomaly, p_value.
    """
    lead = (
        "Thresholds come from normal images that no detector was fitted on (split conformal), "
        "without a single anomalous one. What matters is whether the promised false-positive rate "
        "holds on the test images."
    )
    detectors = by_detector(metrics)
    if not detectors:
        return Section("calibration", "Calibration", lead, [Notice("No threshold was set.")])
    rates = [
        own[key]
        for own in detectors.values()
        for key in (
            "target_false_positive_rate",
            "false_positive_rate",
            "false_positive_rate_low",
            "false_positive_rate_high",
        )
        if key in own
    ]
    ends = interval_range([0.0, *rates])
    rows = [
        [
            Cell(words(name)),
            Cell(percent(own.get("target_false_positive_rate"))),
            Cell(
                percent(own.get("false_positive_rate")),
                detail=_percent_interval(own, "false_positive_rate"),
            ),
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
            Cell(
                percent(own.get("true_positive_rate")),
                detail=_percent_interval(own, "true_positive_rate"),
            ),
            Cell(number(own.get("threshold"))),
        ]
        for name, own in detectors.items()
    ]
    table = Table(
        caption="False-positive rate at the threshold",
        columns=[
            Column("detector"),
            Column("target", numeric=True),
            Column("achieved", numeric=True),
            Column("achieved, 95% interval", axis=interval_axis(ends, percent_tick)),
            Column("anomalies found", numeric=True),
            Column("threshold", numeric=True),
        ],
        rows=rows,
        note=_calibration_note(scores, detectors),
    )
    return Section("calibration", "Calibration", lead, [table, _level_chart(scores, detectors)])


def scores_section(metrics: Metrics, scores: Any) -> Section:
    """The test scores of every detector with its threshold.

    Args:
        metrics: see `detectors_section`, with ``threshold``.
        scores: one row an image and detector: detector, split, is_anomaly, score.
    """
    lead = "Where normal and anomalous test images fall, and where the line was drawn."
    charts = []
    for name, own in by_detector(metrics).items():
        tested = _tested(scores, name)
        if not len(tested):
            continue
        anomalous = tested["is_anomaly"].to_numpy().astype(bool)
        values = tested["score"].to_numpy()
        detector = DetectorScores(
            values[~anomalous], values[anomalous], own.get("threshold", math.nan)
        )
        description = (
            f"{words(name)}: scores of {count(int((~anomalous).sum()))} normal and "
            f"{count(int(anomalous.sum()))} anomalous test images; median "
            f"{_median(detector.normal)} against {_median(detector.anomalous)}, "
            f"threshold {number(detector.threshold)}."
        )
        charts.append(Chart(words(name), score_chart(detector, description=description)))
    if not charts:
        return Section("scores", "Scores", lead, [Notice("There are no test scores.")])
    legend = [
        Legend("block normal", "normal"),
        Legend("block anomalous", "anomalous"),
        Legend("threshold", "threshold"),
    ]
    block = Charts(
        charts,
        caption="The last bar also counts the few scores beyond the range shown.",
        legend=legend,
    )
    return Section("scores", "Scores", lead, [block])


def _roc_chart(scores: Any, detectors: Mapping[str, Metrics]) -> Block:
    lines = []
    for look, name in enumerate(detectors):
        tested = _tested(scores, name)
        is_anomaly = tested["is_anomaly"].to_numpy()
        if 0 < is_anomaly.sum() < len(tested):
            x, y = roc_points(is_anomaly, tested["score"].to_numpy())
            lines.append(Line(words(name), x.tolist(), y.tolist(), look))
    if not lines:
        return Notice("There are no ROC curves: the test split lacks normal or anomalous images.")
    drawing = line_chart(
        lines,
        description=f"ROC curves of {len(lines)} detectors; the table above has their areas. On "
        "the dotted diagonal a detector would be guessing.",
        x_label="false-positive rate",
        y_label="true-positive rate",
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
        form=percent_tick,
        diagonal=True,
        size=LARGE,
    )
    return Charts([Chart("ROC curves", drawing, _legend(lines))])


def _legend(lines: Sequence[Line]) -> list[Legend]:
    return [Legend(f"line {look_class(line.look)}", line.label) for line in lines]


def _calibration_note(scores: Any, detectors: Mapping[str, Metrics]) -> str:
    """What the size of the calibration split allows to expect."""
    note = "The dashed line is the target; the interval is that of the test images."
    best = next(iter(detectors))
    size = int(((scores["detector"] == best) & (scores["split"] == "calibration")).sum())
    target = detectors[best].get("target_false_positive_rate")
    if size and target is not None:
        deviation = math.sqrt(target * (1 - target) / size)
        note += (
            f" The threshold itself rests on {counted(size, 'image')}: with others, the rate would "
            f"move by about {100 * deviation:.1f} points (one standard deviation), on top of that."
        )
    return note


def _level_chart(scores: Any, detectors: Mapping[str, Mapping[str, float]]) -> Block:
    """Share of normal test images with a p-value at most p, for every p up to a quarter."""
    lines = []
    for look, name in enumerate(detectors):
        tested = _tested(scores, name)
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
        return Notice("There are no scores of normal test images.")
    highest = max(_HIGHEST_LEVEL, *(max(line.y) for line in lines))
    drawing = line_chart(
        lines,
        description="Achieved against target false-positive rate of "
        f"{len(lines)} detectors, for targets from 0 to {percent(_HIGHEST_LEVEL, 0)}. "
        "On the dotted diagonal the promise holds exactly; below it a detector is cautious.",
        x_label="target false-positive rate",
        y_label="achieved on normal test images",
        x_range=(0.0, _HIGHEST_LEVEL),
        y_range=(0.0, highest),
        form=percent_tick,
        diagonal=True,
        size=LARGE,
    )
    return Charts(
        [Chart("Every other target", drawing, _legend(lines))],
        caption="On the dotted diagonal the promise holds exactly; above it, more normal images "
        "are flagged than promised. A small calibration split makes steps and scatter.",
    )


def _task(scores: Any) -> str:
    """What is normal, and how many test images there are of either kind."""
    normal = sorted(
        str(name) for name in scores.loc[scores["is_anomaly"] == 0, "class_name"].unique()
    )
    test = scores[scores["split"] == "test"].drop_duplicates("id")
    anomalous = int((test["is_anomaly"] == 1).sum())
    return (
        f"Normal: {listed(normal) or 'nothing'}; all else is anomalous. The test split holds "
        f"{counted(len(test) - anomalous, 'normal image')} and "
        f"{counted(anomalous, 'anomalous one')}."
    )


def _tested(scores: Any, detector: str) -> Any:
    return scores[(scores["detector"] == detector) & (scores["split"] == "test")]


def _estimate(own: Mapping[str, float], metric: str) -> Cell:
    return Cell(
        number(own.get(metric)),
        detail=interval(own.get(f"{metric}_low"), own.get(f"{metric}_high")),
    )


def _percent_interval(own: Mapping[str, float], metric: str) -> str:
    low, high = own.get(f"{metric}_low"), own.get(f"{metric}_high")
    return "" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def _median(values: np.ndarray) -> str:
    return number(float(np.median(values))) if values.size else "none"
