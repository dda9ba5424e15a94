"""What was scored as a page that needs nothing beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from kizu.detection.conformal import conformal_threshold
from kizu.reporting.document import (
    Block,
    Cell,
    Chart,
    Charts,
    Column,
    KeyFigure,
    KeyFigures,
    Legend,
    Notice,
    Paragraph,
    Picture,
    Pictures,
    Report,
    Section,
    Table,
)
from kizu.reporting.formatting import count, counted, listed, number, percent
from kizu.reporting.html import render
from kizu.reporting.names import words
from kizu.reporting.pictures import png_size
from kizu.reporting.sections.parts import rejected
from kizu.reporting.series import DetectorScores
from kizu.reporting.svg import score_chart
from kizu.scoring.judge import FLAG, SCORE, column
from kizu.scoring.reader import Explanation
from kizu.scoring.scorer import Scorer
from kizu.scoring.tally import Tally

_WIDEST = 240  # CSS pixels of a picture, at most


@dataclass(frozen=True)
class Shown:
    """A flagged item on the page.

    Attributes:
        where: its file, and its place there.
        p_value: of all detectors together.
        detector: that explains it.
        explanation: what it says.
    """

    where: str
    p_value: float
    detector: str
    explanation: Explanation


def score_page(tally: Tally, scorer: Scorer, table: pd.DataFrame, examples: Sequence[Shown]) -> str:
    """Return the page as HTML.

    Args:
        tally: of all that was read.
        scorer: that scored it.
        table: a row an item.
        examples: the flagged items to show, in order.
    """
    noun = f"{tally.noun}s"
    return render(
        Report(
            title=f"Scores of {counted(tally.scored, tally.noun)}",
            subtitle=f"Normal: {listed(scorer.card.normal_classes)}. {tally.rule}",
            sections=[
                _summary(tally),
                _flagged(examples, table, noun),
                _distributions(tally, scorer, table, noun),
                Section(
                    "rejects",
                    "Rejected",
                    "What could not be scored, and why. All of it is listed in rejects.csv.",
                    [_rejects(tally)],
                ),
                _origin(scorer),
            ],
        )
    )


def _summary(tally: Tally) -> Section:
    share = percent(tally.flagged / tally.scored) if tally.scored else ""
    figures = KeyFigures(
        [
            KeyFigure(f"{tally.noun}s scored", count(tally.scored)),
            KeyFigure("flagged", count(tally.flagged), share),
            KeyFigure("rejected", count(tally.rejected)),
        ]
    )
    texts = [Paragraph(sentence) for sentence in tally.sentences()[1:]]
    return Section("summary", "Summary", tally.sentences()[0], [figures, *texts])


def _flagged(examples: Sequence[Shown], table: pd.DataFrame, noun: str) -> Section:
    lead = (
        f"The lowest p-values first. The table scores.csv holds all {noun}, with the path of the "
        "explanation of each that is flagged."
    )
    if not examples:
        flagged = int(table[FLAG].sum())
        why = "none of the detectors can explain" if flagged else "none"
        return Section("flagged", "Flagged", lead, [Notice(f"Flagged: {why}.")])
    pictures = [_picture(shown) for shown in examples if shown.explanation.extension == ".png"]
    rows = [
        [
            Cell(shown.where),
            Cell(number(shown.p_value)),
            Cell(words(shown.detector)),
            Cell("; ".join(shown.explanation.facts)),
        ]
        for shown in examples
        if shown.explanation.facts
    ]
    columns = [Column("item"), Column("p", numeric=True), Column("by"), Column("most to blame")]
    blocks: list[Block] = [Pictures(pictures)] if pictures else []
    if rows:
        blocks.append(Table(caption=f"Most anomalous {noun}", columns=columns, rows=rows))
    return Section("flagged", "Flagged", lead, blocks)


def _picture(shown: Shown) -> Picture:
    png = shown.explanation.content
    caption = f"{shown.where}: p {number(shown.p_value)}, {words(shown.detector)}"
    alt = f"{shown.where} beside its heat map by {words(shown.detector)}"
    return Picture.pixels(
        png, enlarge=max(1, _WIDEST // max(png_size(png))), alt=alt, caption=caption
    )


def _distributions(tally: Tally, scorer: Scorer, table: pd.DataFrame, noun: str) -> Section:
    lead = (
        f"Where the scores fall, beside those of the normal {noun} that thresholds were set on. If "
        "they part, much of the data is anomalous, or normal data has changed since."
    )
    if not tally.scored:
        return Section("drift", "Scores and drift", lead, [Notice("Nothing was scored.")])
    charts, rows = [], []
    for place, name in enumerate(scorer.judge.detectors):
        calibration, scores = scorer.judge.calibration[:, place], table[column(name, SCORE)]
        threshold = conformal_threshold(calibration, scorer.judge.rate)
        drawn = DetectorScores(calibration, scores.to_numpy(), threshold)
        description = (
            f"{words(name)}: {count(len(calibration))} calibration scores beside "
            f"{count(len(scores))} new ones, threshold {number(threshold)}."
        )
        charts.append(Chart(words(name), score_chart(drawn, description=description)))
        drift = tally.drift[name]
        rows.append(
            [
                Cell(words(name)),
                Cell(count(int(table[column(name, FLAG)].sum()))),
                Cell(number(drift.ks_statistic)),
                Cell(number(drift.ks_p_value)),
                Cell(number(drift.psi)),
                Cell(drift.verdict),
            ]
        )
    blocks: list[Block] = [
        Charts(
            charts,
            legend=[
                Legend("block normal", "calibration"),
                Legend("block anomalous", "new"),
                Legend("threshold", "threshold"),
            ],
        ),
        Table(
            caption="New scores against calibration scores",
            columns=[
                Column("detector"),
                Column("flagged", numeric=True),
                Column("Kolmogorov-Smirnov", numeric=True),
                Column("p", numeric=True),
                Column("stability index", numeric=True),
                Column("verdict"),
            ],
            rows=rows,
            note="A population stability index of 0.1 to 0.25 is a moderate change, more a large "
            "one; fewer than 30 scores tell too little.",
        ),
    ]
    return Section("drift", "Scores and drift", lead, blocks)


def _rejects(tally: Tally) -> Block:
    if not tally.rejected:
        return Paragraph("Nothing was rejected.")
    listing = pd.DataFrame(tally.first_rejects, columns=["file", "reason"])
    return rejected(listing)


def _origin(scorer: Scorer) -> Section:
    card = scorer.card
    detectors = listed([words(name) for name in card.detectors])
    text = (
        f"Saved by kizu {card.kizu} (format {card.format}) with the detectors {detectors}, "
        f"calibrated on {counted(len(scorer.judge.calibration), 'item')}."
    )
    return Section("origin", "Provenance", "The model that scored.", [Paragraph(text)])
