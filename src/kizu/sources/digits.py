"""Scikit-learn's handwritten digits: the built-in images."""

from collections.abc import Iterator

import numpy as np

from kizu.sources.files import SourceFile
from kizu.sources.origin import Origin, Source
from kizu.sources.pixels import png_bytes

_BRIGHTEST = 16


def open_digits() -> Source:
    """Return the handwritten digits that scikit-learn carries."""
    origin = Origin(
        name="digits",
        title="Handwritten digits of scikit-learn",
        address="https://archive.ics.uci.edu/dataset/80",
        license="CC BY 4.0",
        note="Scaled down by its owners to 8 × 8 pixels of 17 levels.",
    )
    return Source(origin, read_digits())


def read_digits() -> Iterator[SourceFile]:
    """Yield the 1,797 handwritten digits that scikit-learn carries, as 8 × 8 gray PNG files.

    Their 17 levels (how many of 4 × 4 scanned pixels had ink) are spread over 0 to 255 by
    ``level * 255 / 16``, rounded to the nearest, halves to even. The data is the test part of
    Kaynak, "Methods of Combining Multiple Classifiers and Their Applications to Handwritten Digit
    Recognition" (1995), from the UCI repository.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / _BRIGHTEST)).astype(np.uint8)
    for number, (image, target) in enumerate(zip(pixels, digits.target, strict=True)):
        identity = f"{number:04d}"
        label = str(target)
        yield SourceFile(identity, f"{label}/{identity}.png", label, png_bytes(image))
