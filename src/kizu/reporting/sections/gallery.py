"""Operations on data, shown on a sample."""

from collections.abc import Sequence

from kizu.reporting.document import Block, Folded, Notice, Picture, Pictures, Section
from kizu.reporting.formatting import counted
from kizu.reporting.gallery import Exhibit


def gallery_section(subject: str, exhibits: Sequence[Exhibit]) -> Section:
    """A gallery, closed until the reader opens it.

    Args:
        subject: what is shown, in the plural: "images", "augmentations".
        exhibits: in order.
    """
    pictures = [
        Picture.figure(shown.png, alt=shown.title, caption=f"{shown.title}. {shown.caption}")
        for shown in exhibits
    ]
    blocks: list[Block] = [
        Folded(counted(len(pictures), "figure"), [Pictures(pictures)])
        if pictures
        else Notice("No operation was shown.")
    ]
    lead = "What each operation does to a sample of the data."
    return Section(f"gallery-{subject}", f"Gallery: {subject}", lead, blocks)
