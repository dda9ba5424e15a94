"""What the data sections of all modalities share: counts, origin, and what was left out."""

from collections.abc import Mapping
from typing import Any

from kizu.reporting.document import Block, Cell, Column, Folded, Notice, Paragraph, Table
from kizu.reporting.formatting import count, counted

SPLITS = ("train", "calibration", "test")
_EXCLUDED = "excluded"  # in no split, where a source's own test split holds the same content
_MOST_REJECTS_LISTED = 50
_MOST_CLASSES_UNFOLDED = 20


def split_counts(index: Any, noun: str) -> Block:
    """How many items of each class are in each split; long tables start closed.

    Args:
        index: one row an item, with ``class_name`` and ``split``.
        noun: what an item is, in the singular: "image", "clip", "row", "document".
    """
    if len(index) == 0:
        return Notice(f"The index lists no {noun}.")
    sizes = index.groupby(["class_name", "split"]).size()
    splits = [*SPLITS, _EXCLUDED] if (index["split"] == _EXCLUDED).any() else SPLITS
    names = sorted(index["class_name"].unique())
    rows = [(str(name), [int(sizes.get((name, split), 0)) for split in splits]) for name in names]
    totals = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    caption = f"{noun.capitalize()}s by class and split"
    table = Table(
        caption=caption,
        columns=[
            Column("class"),
            *(Column(split, numeric=True) for split in splits),
            Column("all", numeric=True),
        ],
        rows=[
            [Cell(name), *(Cell(count(number)) for number in (*numbers, sum(numbers)))]
            for name, numbers in [*rows, ("all", totals)]
        ],
    )
    return Folded(caption, [table]) if len(rows) > _MOST_CLASSES_UNFOLDED else table


def rejected(rejects: Any, noun: str = "file") -> Block:
    """What was left out, with the reasons; the first 50, and how many more there are.

    Args:
        rejects: one row an item that was left out, with ``file`` and ``reason``.
        noun: what an item is, in the singular.
    """
    if len(rejects) == 0:
        return Paragraph(f"Every {noun} of the source was readable; none was left out.")
    listing = rejects.head(_MOST_REJECTS_LISTED)
    left_off = len(rejects) - len(listing)
    return Table(
        caption=f"{counted(len(rejects), noun)} left out",
        columns=[Column(noun), Column("reason")],
        rows=[
            [Cell(str(file)), Cell(str(reason))]
            for file, reason in zip(listing["file"], listing["reason"], strict=True)
        ],
        note=f"{count(left_off)} more are listed in the table of rejects." if left_off else "",
    )


def origin_blocks(origin: Mapping[str, str]) -> list[Block]:
    """Where the data comes from, and as a notice what must be known of it, "synthetic" say.

    Args:
        origin: ``title``, ``address``, ``license`` and ``note`` of the source; the last three may
            be empty.
    """
    sentences = [f"Source: {origin['title']}."]
    if origin["address"]:
        sentences.append(f"From {origin['address']}.")
    if origin["license"]:
        sentences.append(f"License: {origin['license']}.")
    blocks: list[Block] = [Paragraph(" ".join(sentences))]
    if origin["note"]:
        blocks.append(Notice(origin["note"]))
    return blocks
