"""Where the scores of normal and anomalous items fall, and where the line was drawn."""

import math
from collections.abc import Sequence

import numpy as np

from kizu.reporting.document import Block, Chart, Charts, Heading, Legend, Notice, Section
from kizu.reporting.formatting import count, number
from kizu.reporting.names import words
from kizu.reporting.sections.detected import Detected
from kizu.reporting.series import DetectorScores
from kizu.reporting.svg import score_chart

_LEGEND = (
    Legend("block normal", "normal"),
    Legend("block anomalous", "anomalous"),
    Legend("threshold", "threshold"),
)


def scores_section(detected: Sequence[Detected]) -> Section:
    """The test scores of every detector with its threshold.

    Args:
        detected: of each modality, in order.
    """
    lead = "Where normal and anomalous test items fall, and where the line was drawn."
    blocks: list[Block] = []
    for own in detected:
        blocks += [Heading(own.modality.title), _histograms(own)]
    return Section("scores", "Scores", lead, blocks or [Notice("Nothing was detected.")])


def _histograms(detected: Detected) -> Block:
    charts = []
    for name, own in detected.detectors.items():
        tested = detected.tested(name)
        if not len(tested):
            continue
        anomalous = tested["is_anomaly"].to_numpy().astype(bool)
        values = tested["score"].to_numpy()
        detector = DetectorScores(
            values[~anomalous], values[anomalous], own.get("threshold", math.nan)
        )
        description = (
            f"{words(name)}: scores of {count(int((~anomalous).sum()))} normal and "
            f"{count(int(anomalous.sum()))} anomalous test {detected.modality.items}; median "
            f"{_median(detector.normal)} against {_median(detector.anomalous)}, "
            f"threshold {number(detector.threshold)}."
        )
        charts.append(Chart(words(name), score_chart(detector, description=description)))
    if not charts:
        return Notice(f"{detected.modality.title}: there are no test scores.")
    caption = "The last bar also counts the few scores beyond the range shown."
    return Charts(charts, caption=caption, legend=_LEGEND)


def _median(values: np.ndarray) -> str:
    return number(float(np.median(values))) if values.size else "none"
