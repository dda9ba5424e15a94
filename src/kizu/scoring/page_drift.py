"""The page's section on whether new scores still look like those of the calibration."""

from kizu.detection.conformal import conformal_threshold
from kizu.reporting.document import (
    Cell,
    Chart,
    Charts,
    Column,
    Legend,
    Notice,
    Section,
    Table,
)
from kizu.reporting.formatting import count, number
from kizu.reporting.names import words
from kizu.reporting.series import DetectorScores
from kizu.reporting.svg import score_chart
from kizu.scoring.scorer import Scorer
from kizu.scoring.tally import Tally
from kizu.scoring.walk import Found

_LEGEND = [
    Legend("block normal", "calibration"),
    Legend("block anomalous", "new"),
    Legend("threshold", "threshold"),
]


def drift_section(tally: Tally, scorer: Scorer, found: Found) -> Section:
    """Return the histograms of each detector's new scores beside its calibration scores."""
    lead = (
        f"Where the scores fall, beside those of the normal {tally.noun}s that thresholds were set "
        "on. If they part, much of the data is anomalous, or normal data has changed since."
    )
    if not tally.scored:
        return Section("drift", "Scores and drift", lead, [Notice("Nothing was scored.")])
    charts = [_chart(scorer, found, place, name) for place, name in enumerate(found.scores)]
    return Section(
        "drift", "Scores and drift", lead, [Charts(charts, legend=_LEGEND), _table(tally, found)]
    )


def _chart(scorer: Scorer, found: Found, place: int, name: str) -> Chart:
    calibration, scores = scorer.judge.calibration[:, place], found.scores[name]
    threshold = conformal_threshold(calibration, scorer.judge.rate)
    description = (
        f"{words(name)}: {count(len(calibration))} calibration scores beside "
        f"{count(len(scores))} new ones, threshold {number(threshold)}."
    )
    drawn = DetectorScores(calibration, scores, threshold)
    return Chart(words(name), score_chart(drawn, description=description))


def _table(tally: Tally, found: Found) -> Table:
    rows = []
    for name, drift in tally.drift.items():
        flagged = found.flagged[name]
        rows.append(
            [
                Cell(words(name)),
                Cell(count(flagged), value=flagged),
                Cell(number(drift.ks_statistic), value=drift.ks_statistic),
                Cell(number(drift.ks_p_value), value=drift.ks_p_value),
                Cell(number(drift.psi), value=drift.psi),
                Cell(drift.verdict),
            ]
        )
    return Table(
        caption="New scores against calibration scores",
        columns=[
            Column("detector", sort="text"),
            Column("flagged", numeric=True, sort="value"),
            Column("Kolmogorov-Smirnov", numeric=True, sort="value"),
            Column("p", numeric=True, sort="value"),
            Column("stability index", numeric=True, sort="value"),
            Column("verdict", sort="text"),
        ],
        rows=rows,
        note="A population stability index of 0.1 to 0.25 is a moderate change, more a large one; "
        "fewer than 30 scores tell too little.",
    )
