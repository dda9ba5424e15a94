"""What was scored as a page that needs nothing beside it."""

from kizu.reporting.document import (
    Block,
    Cell,
    Column,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Report,
    Section,
    Table,
)
from kizu.reporting.formatting import count, counted, listed, percent
from kizu.reporting.html import render
from kizu.reporting.names import words
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
            subtitle=f"Normal: {listed(scorer.card.normal_classes)}.",
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
    more = tally.rejected - len(tally.first_rejects)
    return Table(
        caption=f"{count(tally.rejected)} rejected",
        columns=[Column("file", sort="text"), Column("reason", sort="text")],
        rows=[[Cell(reject.file), Cell(reject.reason)] for reject in tally.first_rejects],
        note=f"{count(more)} more are in rejects.csv." if more else "",
    )


def _origin(scorer: Scorer) -> Section:
    card = scorer.card
    detectors = listed([words(name) for name in card.detectors])
    text = (
        f"Saved by kizu {card.kizu} (format {card.format}) with the detectors {detectors}, "
        f"calibrated on {counted(len(scorer.judge.calibration), 'item')}."
    )
    return Section("origin", "Provenance", "The model that scored.", [Paragraph(text)])
