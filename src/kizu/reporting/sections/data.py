"""What the models were given: counts, splits, a look at the images, and what was left out."""

from collections.abc import Sequence
from typing import Any

from kizu.reporting.document import (
    Block,
    Cell,
    Column,
    Folded,
    Notice,
    Paragraph,
    Picture,
    Pictures,
    Section,
    Table,
)
from kizu.reporting.formatting import count, counted

SPLITS = ("train", "calibration", "test")
_MOST_REJECTS_LISTED = 50
_MOST_CLASSES_UNFOLDED = 20


def image_data_section(
    index: Any, *, shape: Sequence[int], rejects: Any, gallery: bytes, histogram: bytes
) -> Section:
    """The images by class and split, a gallery, their pixel values, and the rejected files.

    Args:
        index: one row an image, with ``class_name`` and ``split``.
        shape: of the array of images, (N, C, H, W).
        rejects: one row a file that was left out, with ``file`` and ``reason``.
        gallery: PNG of examples by class.
        histogram: PNG of the pixel values.
    """
    pictures = [
        Picture.figure(gallery, alt="Example images of every class, a row each."),
        Picture.figure(histogram, alt="Histogram of the pixel values of all images."),
    ]
    blocks: list[Block] = [
        _counts(index) if len(index) else Notice("The index lists no image."),
        Pictures(pictures),
        _rejected(rejects),
    ]
    _, channels, height, width = shape
    color = {1: "gray", 3: "color"}.get(channels, f"{channels}-channel")
    lead = (
        f"{counted(len(index), 'image')} of {width} × {height} {color} pixels. Models are fitted "
        "on train, thresholds are set on calibration, every figure of merit comes from test."
    )
    return Section("data", "Data", lead, blocks)


def _counts(index: Any) -> Block:
    sizes = index.groupby(["class_name", "split"]).size()
    names = sorted(index["class_name"].unique())
    rows = [(str(name), [int(sizes.get((name, split), 0)) for split in SPLITS]) for name in names]
    totals = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    caption = "Images by class and split"
    table = Table(
        caption=caption,
        columns=[
            Column("class"),
            *(Column(split, numeric=True) for split in SPLITS),
            Column("all", numeric=True),
        ],
        rows=[
            [Cell(name), *(Cell(count(number)) for number in (*numbers, sum(numbers)))]
            for name, numbers in [*rows, ("all", totals)]
        ],
    )
    return Folded(caption, [table]) if len(rows) > _MOST_CLASSES_UNFOLDED else table


def _rejected(rejects: Any) -> Block:
    if len(rejects) == 0:
        return Paragraph("Every file of the source was readable; none was left out.")
    listing = rejects.head(_MOST_REJECTS_LISTED)
    left_off = len(rejects) - len(listing)
    return Table(
        caption=f"{counted(len(rejects), 'file')} left out",
        columns=[Column("file"), Column("reason")],
        rows=[
            [Cell(str(file)), Cell(str(reason))]
            for file, reason in zip(listing["file"], listing["reason"], strict=True)
        ],
        note=f"{count(left_off)} more are listed in the table of rejects." if left_off else "",
    )
