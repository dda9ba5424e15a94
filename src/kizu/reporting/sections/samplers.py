"""How good samples of the diffusion model get for what they cost."""

from collections.abc import Mapping, Sequence

from kizu.reporting.document import Block, Cell, Column, Picture, Pictures, Section, Table
from kizu.reporting.formatting import number

Row = Mapping[str, float | str]


def samplers_section(rows: Sequence[Row], figure: bytes) -> Section:
    """A method a line and a number of steps a column.

    Args:
        rows: one a method and number of steps: ``label``, ``steps``, ``network_evaluations``,
            ``frechet_distance`` and ``coverage``, as the stage `evaluate_generators` has them.
        figure: PNG of the distances against the network evaluations.
    """
    lead = (
        "The same diffusion model and the same noise, sampled in different ways: what more steps "
        "cost and what they bring."
    )
    picture = Picture.figure(
        figure,
        alt="Fréchet distance against network evaluations, a line a method of sampling.",
        caption="Fréchet distance to the test split; the further left and down, the better.",
    )
    blocks: list[Block] = [_table(rows), Pictures([picture])]
    return Section("samplers", "Quality against cost", lead, blocks)


def _table(rows: Sequence[Row]) -> Table:
    labels = list(dict.fromkeys(str(row["label"]) for row in rows))
    steps = sorted({int(row["steps"]) for row in rows})
    cells = {(str(row["label"]), int(row["steps"])): _cell(row) for row in rows}
    return Table(
        caption="Fréchet distance to the test split, by the number of steps",
        columns=[Column("method"), *(Column(f"{count} steps", numeric=True) for count in steps)],
        rows=[
            [Cell(label), *(cells.get((label, count), Cell()) for count in steps)]
            for label in labels
        ],
        note="Lower is better. Few samples raise all distances alike: compare them within this "
        "table. The small line has the coverage, and how often the network was asked an image; "
        "guidance asks twice a step.",
    )


def _cell(row: Row) -> Cell:
    coverage = number(float(row["coverage"]), decimals=2)
    return Cell(
        number(float(row["frechet_distance"])),
        detail=f"{coverage}; {int(row['network_evaluations'])} evaluations",
    )
