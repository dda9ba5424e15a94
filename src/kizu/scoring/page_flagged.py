"""The page's section on what is flagged: a table, and the most anomalous items to look at."""

from kizu.reporting.document import Block, Cell, Column, Folded, Notice, Section, Table
from kizu.reporting.exhibits import (
    DetectorExamples,
    Example,
    ExampleFilters,
    ExampleGroup,
    ModalityExamples,
)
from kizu.reporting.formatting import counted, number
from kizu.reporting.names import words
from kizu.reporting.sections.detected import MODALITIES
from kizu.scoring.lowest import Kept
from kizu.scoring.scorer import Scorer
from kizu.scoring.tally import Tally
from kizu.scoring.walk import Found, Listed, Shown

_GROUP = ("flagged", "Flagged")
_MOST_UNFOLDED = 20


def flagged_section(tally: Tally, scorer: Scorer, found: Found) -> Section:
    """Return the flagged items, the lowest p-values first."""
    lead = (
        f"The lowest p-values of all detectors together; of equal ones, in the order of the data. "
        f"scores.csv holds all {tally.noun}s, with the path of the explanation of each that is "
        "flagged."
    )
    if not tally.flagged:
        return Section(*_GROUP, lead, [Notice(f"No {tally.noun} is flagged.")])
    table: Block = _table(tally, scorer, found)
    if len(found.listed) > _MOST_UNFOLDED:
        table = Folded(_caption(tally, found), [table])
    if not found.shown:
        notice = Notice("None of the detectors can explain what it flags.")
        return Section(*_GROUP, lead, [notice, table])
    examples = _examples(scorer, found)
    return Section(*_GROUP, lead, [ExampleFilters([examples], [_GROUP]), examples, table])


def _caption(tally: Tally, found: Found) -> str:
    listed, flagged = len(found.listed), counted(tally.flagged, f"flagged {tally.noun}")
    return f"All {flagged}" if listed == tally.flagged else f"The first {listed} of {flagged}"


def _table(tally: Tally, scorer: Scorer, found: Found) -> Table:
    return Table(
        caption=_caption(tally, found),
        columns=[
            Column(tally.noun, sort="text"),
            Column("p", numeric=True, sort="value", order="ascending"),
            Column("flagged by", numeric=True, sort="value"),
            Column("explained by", sort="text"),
            Column("explanation", sort="text"),
        ],
        rows=[_row(kept, len(scorer.judge.detectors)) for kept in found.listed],
        note="The chance of a normal item to look as anomalous by all detectors together; how many "
        "of them flag it alone; the one that is surest of those that can explain; and its file.",
    )


def _row(kept: Kept[Listed], detectors: int) -> list[Cell]:
    listed = kept.item
    return [
        Cell(listed.where),
        Cell(number(kept.p_value), value=kept.p_value),
        Cell(f"{listed.flagging} of {detectors}", value=listed.flagging),
        Cell(words(listed.detector) if listed.detector else "–"),
        Cell(listed.explanation, code=True),
    ]


def _examples(scorer: Scorer, found: Found) -> ModalityExamples:
    """Return what is shown by the detector that explains it, the most anomalous first."""
    by_detector: dict[str, list[Example]] = {}
    for kept in found.shown:
        by_detector.setdefault(kept.item.listed.detector, []).append(_example(kept))
    return ModalityExamples(
        scorer.card.modality,
        MODALITIES[scorer.card.modality].title,
        scorer.reader.legend,
        [
            DetectorExamples(
                name,
                words(name),
                [ExampleGroup(*_GROUP, f"what {words(name)} explains, lowest p first", examples)],
                open=True,
            )
            for name, examples in by_detector.items()
        ],
    )


def _example(kept: Kept[Shown]) -> Example:
    shown = kept.item
    facts = [("score", number(shown.score)), ("its p", number(shown.p_value))]
    if kept.alike:
        facts.append(("alike", f"{kept.alike:,} more"))
    return Example(shown.listed.where, f"p {number(kept.p_value)}", shown.blocks, facts)
