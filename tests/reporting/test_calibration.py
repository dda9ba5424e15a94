"""Promised against achieved false-positive rates, as the page shows them."""

from kizu.reporting.document import Table
from kizu.reporting.sections.calibration import calibration_section

METRICS = {
    f"{name}.{metric}": value
    for name, achieved in (("sharp", 0.5), ("blunt", 1.0), ("combined", 1.0))
    for metric, value in {
        "auroc": 0.75,
        "target_false_positive_rate": 0.1,
        "false_positive_rate": achieved,
        "threshold": 3.0,
    }.items()
}


def test_a_rate_that_chance_does_not_explain_is_marked(make_detected):
    section = calibration_section([make_detected(metrics=METRICS)])
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    place = [column.label for column in table.columns].index("expected")
    # One of 9 calibration scores may lie above; of 2 normal test items, 1 is flagged by chance.
    assert {row[0].text: (row[place].text, row[place].tag) for row in table.rows} == {
        "sharp": ("0.0% to 50.0%", ""),
        "blunt": ("0.0% to 50.0%", "✗ outside"),
        "all combined": ("–", ""),
    }
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert "95% of all draws of 9 images to calibrate on" in table.note


def test_without_a_target_nothing_is_expected(make_detected):
    section = calibration_section([make_detected()])
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert {row[4].text for row in table.rows} == {"–"}
