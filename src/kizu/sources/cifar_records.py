"""The binary records that CIFAR-10 and CIFAR-100 are published as."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from kizu.sources.files import MadeFile
from kizu.sources.pixels import png_files

_SIDE = 32


def read_records(
    files: Sequence[Path], names: Path, split: str, *, label_bytes: int
) -> Iterator[MadeFile]:
    """Yield the images of records of labels, coarse to fine, and 3 × 32 × 32 values.

    Args:
        files: that hold the records, in order.
        names: text file with the names of the finest labels, a line each.
        split: ``train`` or ``test``.
        label_bytes: labels before the values of an image; the last one counts.
    """
    classes = names.read_text("ascii").split()
    records = np.concatenate([np.fromfile(file, np.uint8) for file in files])
    records = records.reshape(-1, label_bytes + 3 * _SIDE * _SIDE)
    images = records[:, label_bytes:].reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1)
    labels = records[:, label_bytes - 1]
    yield from png_files(images, [classes[label] for label in labels], split)
