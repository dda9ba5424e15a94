"""The numbers to remember, each beside what it has to be held against."""

from collections.abc import Mapping, Sequence

from kizu.reporting.document import (
    Block,
    Cell,
    Column,
    KeyFigure,
    KeyFigures,
    Notice,
    Section,
    Table,
)
from kizu.reporting.formatting import interval, number, percent
from kizu.reporting.names import words
from kizu.reporting.sections.detected import Detected
from kizu.reporting.sections.estimates import estimate, rate

Metrics = Mapping[str, float]


def summary_section(
    *,
    detected: Sequence[Detected],
    classifier: Metrics,
    generators: Mapping[str, Metrics],
) -> Section:
    """Key figures of all stages, and the best detector of each modality beside its baseline.

    Args:
        detected: of each modality, in order.
        classifier: flat, with ``test.accuracy``.
        generators: by name, flat, with ``test.frechet_distance`` and its ``real.`` baseline.
    """
    blocks: list[Block] = []
    found = [figure for own in detected for figure in _detection_figures(own)]
    if found:
        blocks += [KeyFigures(found), overview(detected)]
    models = [
        *(figure for name, own in generators.items() for figure in _generator_figures(name, own)),
        *_classifier_figures(classifier),
    ]
    if models:
        blocks.append(KeyFigures(models))
    return Section("summary", "Summary", "", blocks or [Notice("Nothing was measured.")])


def overview(detected: Sequence[Detected]) -> Table:
    """A row a modality: its best single detector beside its best baseline and all combined."""
    return Table(
        caption="The best single detector of each modality, its best baseline, and all combined",
        columns=[
            Column("modality"),
            Column("best single detector"),
            Column("AUROC", numeric=True),
            Column("F1", numeric=True),
            Column("false positives", numeric=True),
            Column("best baseline"),
            Column("its AUROC", numeric=True),
            Column("detector against baseline"),
            Column("AUROC of all combined", numeric=True),
        ],
        rows=[_row(own) for own in detected if own.detectors],
        note="Small numbers are 95% intervals, or the target. Picking the best of several on the "
        "test items flatters it. All combined: the p-values of all detectors, baselines too, "
        "joined into one score; it is shown beside the single detectors, not counted among them.",
    )


def _row(detected: Detected) -> list[Cell]:
    best, baseline = detected.best, detected.best_baseline
    own = detected.detectors[best] if best else {}
    other = detected.detectors[baseline] if baseline else {}
    target = own.get("target_false_positive_rate")
    return [
        Cell(detected.modality.title),
        Cell(words(best) if best else "none"),
        estimate(own, "auroc"),
        Cell(number(own.get("f1"))),
        Cell(
            rate(own, "false_positive_rate").text,
            detail="" if target is None else f"target {percent(target)}",
        ),
        Cell(words(baseline) if baseline else "none"),
        estimate(other, "auroc"),
        _verdict(own, other),
        estimate(detected.detectors.get(detected.combined, {}), "auroc"),
    ]


def _detection_figures(detected: Detected) -> list[KeyFigure]:
    best = detected.best
    if best is None:
        return []
    own = detected.detectors[best]
    ends = interval(own.get("auroc_low"), own.get("auroc_high"))
    detail = f"{words(best)} on test" + (f", 95% interval {ends}" if ends else "")
    if combined := detected.detectors.get(detected.combined):
        detail += f"; all detectors combined: {number(combined['auroc'])}"
    label = f"Best single detector of {detected.modality.key}, AUROC"
    return [KeyFigure(label, number(own["auroc"]), detail)]


def _generator_figures(name: str, generator: Metrics) -> list[KeyFigure]:
    distance = generator.get("test.frechet_distance")
    if distance is None:
        return []
    baseline = generator.get("real.test.frechet_distance")
    detail = "generated to test images" + (
        "" if baseline is None else f"; real train images have {number(baseline)}"
    )
    return [KeyFigure(f"Fréchet distance, {name}", number(distance), detail)]


def _classifier_figures(classifier: Metrics) -> list[KeyFigure]:
    accuracy = classifier.get("test.accuracy")
    if accuracy is None:
        return []
    return [KeyFigure("Classifier accuracy", percent(accuracy), "on test images")]


def _verdict(own: Metrics, other: Metrics) -> Cell:
    """Whether a detector beats a baseline by more than chance would."""
    if not own or not other:
        return Cell()
    difference = own["auroc"] - other["auroc"]
    if abs(difference) < 0.0005:
        distance = "level"
    else:
        distance = f"{number(abs(difference))} {'above' if difference > 0 else 'below'}"
    overlap = min(own.get("auroc_high", 1.0), other.get("auroc_high", 1.0)) >= max(
        own.get("auroc_low", 0.0), other.get("auroc_low", 0.0)
    )
    return Cell(distance, detail=f"intervals {'overlap' if overlap else 'do not overlap'}")
