"""What the models were given: counts, splits, a look at the images, and what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from kizu.reporting.document import Block, Picture, Pictures, Section
from kizu.reporting.formatting import counted
from kizu.reporting.sections.parts import origin_blocks, rejected, split_counts


def image_data_section(
    index: Any,
    *,
    shape: Sequence[int],
    origin: Mapping[str, str],
    rejects: Any,
    gallery: bytes,
    histogram: bytes,
) -> Section:
    """The images by class and split, a gallery, their pixel values, and the rejected files.

    Args:
        index: one row an image, with ``class_name`` and ``split``.
        shape: of the array of images, (N, C, H, W).
        origin: of the source, see :func:`origin_blocks`.
        rejects: one row a file that was left out, with ``file`` and ``reason``.
        gallery: PNG of examples by class.
        histogram: PNG of the pixel values.
    """
    pictures = [
        Picture.figure(gallery, alt="Example images of every class, a row each."),
        Picture.figure(histogram, alt="Histogram of the pixel values of all images."),
    ]
    blocks: list[Block] = [
        *origin_blocks(origin),
        split_counts(index, "image"),
        Pictures(pictures),
        rejected(rejects),
    ]
    _, channels, height, width = shape
    color = {1: "gray", 3: "color"}.get(channels, f"{channels}-channel")
    lead = (
        f"{counted(len(index), 'image')} of {width} × {height} {color} pixels. Models are fitted "
        "on train, thresholds are set on calibration, every figure of merit comes from test."
    )
    return Section("data-images", "Data: images", lead, blocks)
