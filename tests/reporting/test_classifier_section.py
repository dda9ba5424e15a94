"""The section on the classifier."""

import io

from kizu.reporting.document import Folded, Report
from kizu.reporting.html import render
from kizu.reporting.sections.classifier import classifier_section
from kizu.reporting.style import new_figure


def _png() -> bytes:
    buffer = io.BytesIO()
    new_figure(1, 1).savefig(buffer, format="png")
    return buffer.getvalue()


def _section(metrics, scores):
    figures = dict.fromkeys(("confusion", "reliability", "mistakes", "saliency"), _png())
    return classifier_section(metrics, scores, **figures)


def _scores(*names: str) -> dict[str, float]:
    own = {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "support": 12}
    return {f"test.{name}.{score}": value for name in names for score, value in own.items()}


def test_it_says_how_good_the_classifier_is():
    metrics = {"test.accuracy": 0.975, "test.expected_calibration_error": 0.021}
    page = render(Report("t", "s", [_section(metrics, _scores("ants", "v. 2 <bees>"))]))

    for shown in ("97.5%", "0.021", "ants", "v. 2 &lt;bees&gt;", "0.667", "12"):
        assert shown in page
    assert page.count("<img") == 4


def test_the_scores_of_many_classes_start_closed():
    section = _section({}, _scores(*(f"class {position}" for position in range(30))))

    assert any(isinstance(block, Folded) for block in section.blocks)


def test_nothing_measured_is_said():
    page = render(Report("t", "s", [_section({}, {})]))

    assert "was not measured" in page
    assert "No class was tested" in page
