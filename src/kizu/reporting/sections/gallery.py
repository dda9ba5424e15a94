"""The operations of a modality, shown on a sample."""

from collections.abc import Sequence

from kizu.reporting.document import Block, Folded, Notice, Picture, Pictures, Section
from kizu.reporting.formatting import counted
from kizu.reporting.gallery import Exhibit


def gallery_section(modality: str, exhibits: Sequence[Exhibit]) -> Section:
    """The gallery of one modality, closed until the reader opens it.

    Args:
        modality: in the plural, such as "images".
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
    lead = f"What each operation of the preprocessing does to a sample of the {modality}."
    return Section(f"gallery-{modality}", f"Gallery: {modality}", lead, blocks)
