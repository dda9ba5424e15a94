"""How well the classifier tells the classes apart, and how far it can be trusted."""

from collections.abc import Mapping

from kizu.reporting.document import (
    Block,
    Cell,
    Column,
    Folded,
    KeyFigure,
    KeyFigures,
    Notice,
    Picture,
    Pictures,
    Section,
    Table,
)
from kizu.reporting.formatting import count, number, percent

Metrics = Mapping[str, float]

_SPLIT = "test."
_MOST_CLASSES_UNFOLDED = 20


def classifier_section(
    metrics: Metrics,
    class_scores: Metrics,
    *,
    confusion: bytes,
    reliability: bytes,
    mistakes: bytes,
    saliency: bytes,
) -> Section:
    """Key figures, scores of every class, and what the classifier confuses and looks at.

    Args:
        metrics: flat, ``test.<metric>``.
        class_scores: flat, ``test.<class>.<score>`` with the scores precision, recall, f1 and
            support.
        confusion: PNG of the matrix of counts.
        reliability: PNG of accuracy against confidence.
        mistakes: PNG of the images that were named wrong with the largest loss.
        saliency: PNG of images beside what the answer depends on.
    """
    pictures = [
        Picture.figure(confusion, alt="Confusion matrix of the classifier on the test images."),
        Picture.figure(
            reliability,
            alt="Accuracy against confidence of the classifier on the test images.",
            caption="Above the diagonal the classifier is too modest, below it too sure. A dot's "
            "size is its share of the images.",
        ),
        Picture.figure(
            mistakes,
            alt="Test images that the classifier named wrong, with the true and the named class.",
            caption="The worst mistakes first: the true class has the smallest probability.",
        ),
        Picture.figure(
            saliency,
            alt="Test images, and for each the places that the classifier's answer depends on.",
            caption="Bright places matter: for a transformer those from which attention reaches "
            "the class token through all blocks, and for any network the pixels whose change moves "
            "the answer most.",
        ),
    ]
    blocks: list[Block] = [_key_figures(metrics), _table(class_scores), Pictures(pictures)]
    lead = "Measured on the test images, which neither the training nor its end has seen."
    return Section("classifier", "Classifier", lead, blocks)


def _key_figures(metrics: Metrics) -> Block:
    shown = (
        ("accuracy", "Accuracy", percent, "share of images named right"),
        ("macro_f1", "F1", number, "mean over the classes"),
        ("negative_log_likelihood", "Log loss", number, "nats an image; lower is better"),
        ("expected_calibration_error", "Calibration error", number, "0: confidence is accuracy"),
    )
    figures = [
        KeyFigure(label, form(metrics[_SPLIT + name]), detail)
        for name, label, form, detail in shown
        if _SPLIT + name in metrics
    ]
    return KeyFigures(figures) if figures else Notice("The classifier was not measured.")


def _table(scores: Metrics) -> Block:
    by_class: dict[str, dict[str, float]] = {}
    for key, value in scores.items():
        # A class may have a dot in its name; a score has none.
        name, _, score = key.removeprefix(_SPLIT).rpartition(".")
        by_class.setdefault(name, {})[score] = value
    if not by_class:
        return Notice("No class was tested.")
    caption = "Scores of every class"
    table = Table(
        caption=caption,
        columns=[
            Column("class"),
            *(Column(label, numeric=True) for label in ("precision", "recall", "F1", "images")),
        ],
        rows=[
            [
                Cell(name),
                *(Cell(number(own.get(score))) for score in ("precision", "recall", "f1")),
                Cell(count(int(own.get("support", 0)))),
            ]
            for name, own in by_class.items()
        ],
        note="Precision: share of the images named so that are of the class; recall: share of the "
        "class that is named so; F1: their harmonic mean.",
    )
    return Folded(caption, [table]) if len(by_class) > _MOST_CLASSES_UNFOLDED else table
