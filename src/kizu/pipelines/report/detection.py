"""Nodes of the stage `report`: what was detected, in all modalities alike and in each alone."""

from typing import Any

from kizu.pipelines.report.parameters import ReportParameters

# The modalities whose detectors are compared, in the page's order; by the names of their
# datasets.
DETECTED = {"images": "image", "audio": "audio", "tables": "table", "text": "text"}


def gather_detected(parameters: ReportParameters, *results: Any) -> Any:
    """Return the detectors of each of `DETECTED`, given its metrics and scores in turn."""
    from kizu.detection.combination import COMBINED
    from kizu.reporting.sections.detected import MODALITIES, Detected

    return {
        name: Detected(
            MODALITIES[name], metrics, scores, getattr(parameters.baselines, name), COMBINED
        )
        for name, metrics, scores in zip(DETECTED, results[::2], results[1::2], strict=True)
    }


def compare_detectors(detected: Any) -> tuple[Any, Any, Any]:
    """Return the sections on detectors, their calibration and their scores."""
    from kizu.reporting.sections.calibration import calibration_section
    from kizu.reporting.sections.leaderboard import leaderboard_section
    from kizu.reporting.sections.scores import scores_section

    results = list(detected.values())
    return leaderboard_section(results), calibration_section(results), scores_section(results)


def show_examples(*modalities: Any) -> Any:
    """Return the section of examples of all modalities."""
    from kizu.reporting.sections.examples import examples_section

    return examples_section(modalities)
