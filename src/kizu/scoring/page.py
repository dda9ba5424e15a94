"""What was scored as a page that needs nothing beside it."""

import pandas as pd

from kizu.reporting.document import Block, KeyFigure, KeyFigures, Paragraph, Report, Section
from kizu.reporting.formatting import count, counted, listed, percent
from kizu.reporting.html import render
from kizu.reporting.names import words
from kizu.reporting.sections.parts import rejected
from kizu.scoring.page_drift import drift_section
from kizu.scoring.page_flagged import flagged_section
from kizu.scoring.scorer import Scorer
from kizu.scoring.tally import Tally
from kizu.scoring.walk import Found


def score_page(tally: Tally, scorer: Scorer, found: Found) -> str:
    """Return the page as HTML.

    Args:
        tally: of all that was read.
        scorer: that scored it.
        found: of all items together.
    """
    return render(
        Report(
            title=f"Scores of {counted(tally.scored, tally.noun)}",
            subtitle=f"Normal: {listed(scorer.card.normal_classes)}. {tally.rule}",
            sections=[
                _summary(tally),
                flagged_section(tally, scorer, found),
                drift_section(tally, scorer, found),
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


def _rejects(tally: Tally) -> Block:
    if not tally.rejected:
        return Paragraph("Nothing was rejected.")
    return rejected(pd.DataFrame(tally.first_rejects, columns=["file", "reason"]))


def _origin(scorer: Scorer) -> Section:
    card = scorer.card
    detectors = listed([words(name) for name in card.detectors])
    text = (
        f"Saved by kizu {card.kizu} (format {card.format}) with the detectors {detectors}, "
        f"calibrated on {counted(len(scorer.judge.calibration), 'item')}."
    )
    return Section("origin", "Provenance", "The model that scored.", [Paragraph(text)])
