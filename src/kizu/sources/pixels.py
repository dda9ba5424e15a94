"""Image files made from the arrays that some sources come as."""

import io
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from kizu.sources.files import MadeFile


def png_bytes(image: np.ndarray) -> bytes:
    """Return a uint8 image, (H, W) or (H, W, 3), as a PNG file; equal images give equal bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def png_files(images: np.ndarray, labels: Sequence[str], split: str) -> Iterator[MadeFile]:
    """Yield the images of a split as PNG files, made when they are read.

    A file's id is ``<split>-<number>``, its path ``<split>/<label>/<number>.png``.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3); may be memory-mapped.
        labels: of the N images.
        split: ``train`` or ``test``.
    """
    for number, label in enumerate(labels):
        name = f"{number:05d}"
        yield MadeFile(
            f"{split}-{name}",
            f"{split}/{label}/{name}.png",
            label,
            partial(_png_of_row, images, number),
            split,
        )


def _png_of_row(images: np.ndarray, row: int) -> bytes:
    return png_bytes(np.ascontiguousarray(images[row]))
