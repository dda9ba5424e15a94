"""The numbers to remember, each beside what it has to be held against."""

from collections.abc import Mapping, Sequence

from kizu.reporting.document import Block, KeyFigure, KeyFigures, Notice, Paragraph, Section
from kizu.reporting.formatting import interval, number, percent
from kizu.reporting.sections.detection import by_detector
from kizu.reporting.series import words

Metrics = Mapping[str, float]


def summary_section(
    *,
    detection: Metrics,
    baselines: Sequence[str],
    classifier: Metrics,
    generators: Mapping[str, Metrics],
) -> Section:
    """Key figures of all stages and a verdict in words.

    Args:
        detection: flat, ``<detector>.<metric>``.
        baselines: names of the baseline detectors.
        classifier: flat, with ``test.accuracy``.
        generators: by name, flat, with ``test.frechet_distance`` and its ``real.`` baseline.
    """
    detectors = by_detector(detection)
    figures = [
        *_detection_figures(detectors, baselines),
        *(figure for name, own in generators.items() for figure in _generator_figures(name, own)),
        *_classifier_figures(classifier),
    ]
    blocks: list[Block] = [KeyFigures(figures)] if figures else [Notice("Nothing was measured.")]
    if detectors:
        blocks.append(Paragraph(_verdict(detectors, baselines)))
    return Section("summary", "Summary", "", blocks)


def _detection_figures(
    detectors: Mapping[str, Metrics], baselines: Sequence[str]
) -> list[KeyFigure]:
    figures = []
    trained = next((name for name in detectors if name not in baselines), None)
    baseline = next((name for name in detectors if name in baselines), None)
    for name, label in ((trained, "Best detector"), (baseline, "Best baseline")):
        if name is not None:
            own = detectors[name]
            ends = interval(own.get("auroc_low"), own.get("auroc_high"))
            detail = f"{words(name)}, AUROC on test" + (f", 95% interval {ends}" if ends else "")
            figures.append(KeyFigure(label, number(own["auroc"]), detail))
    if trained is not None and "false_positive_rate" in detectors[trained]:
        own = detectors[trained]
        figures.append(
            KeyFigure(
                "False-positive rate",
                percent(own["false_positive_rate"]),
                f"{words(trained)}, for a target of "
                f"{percent(own.get('target_false_positive_rate'))}",
            )
        )
    return figures


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


def _verdict(detectors: Mapping[str, Metrics], baselines: Sequence[str]) -> str:
    """Whether the best detector beats the best baseline by more than chance would."""
    trained = next((name for name in detectors if name not in baselines), None)
    baseline = next((name for name in detectors if name in baselines), None)
    if trained is None or baseline is None:
        return ""
    own, other = detectors[trained], detectors[baseline]
    difference = own["auroc"] - other["auroc"]
    overlap = min(own.get("auroc_high", 1.0), other.get("auroc_high", 1.0)) >= max(
        own.get("auroc_low", 0.0), other.get("auroc_low", 0.0)
    )
    distance = (
        f"{number(abs(difference))} {'above' if difference > 0 else 'below'}"
        if abs(difference) >= 0.0005
        else "level with"
    )
    comparison = (
        f"{words(trained)}, the best detector here, is {distance} {words(baseline)}, "
        "the best baseline"
    )
    chance = (
        ". Their intervals overlap: these test images do not tell the two apart."
        if overlap
        else ", and their intervals do not overlap."
    )
    return f"{comparison}{chance} Picking the best of several on the test images flatters it."
