"""The summary: which single detector is best, and how the combination does beside it."""

from kizu.reporting.document import KeyFigures
from kizu.reporting.sections.summary import overview, summary_section

METRICS = {"combined.auroc": 0.9, "sharp.auroc": 0.875, "blunt.auroc": 0.625}


def test_the_combination_stands_beside_the_best_single_detector(make_detected):
    detected = make_detected(metrics=METRICS)

    table = overview([detected])
    (row,) = table.rows
    cells = dict(zip([one.label for one in table.columns], row, strict=True))
    assert cells["best single detector"].text == "sharp"
    assert cells["AUROC"].text == "0.875"
    assert cells["best baseline"].text == "blunt"
    assert cells["AUROC of all combined"].text == "0.900"
    assert cells["detector against baseline"].text == "0.250 above"

    section = summary_section(detected=[detected], classifier={}, generators={})
    figures = next(block for block in section.blocks if isinstance(block, KeyFigures))
    (figure,) = figures.items
    assert figure.label == "Best single detector of images, AUROC"
    assert figure.value == "0.875"
    assert figure.detail == "sharp on test; all detectors combined: 0.900"


def test_a_combination_alone_is_no_single_detector(make_detected):
    table = overview([make_detected(metrics={"combined.auroc": 0.9})])

    assert table.rows[0][1].text == "none"
