"""Scikit-learn's handwritten digits: the built-in images."""

import io
from collections.abc import Iterator

import numpy as np

from kizu.sources.files import SourceFile

_BRIGHTEST = 16


def read_digits() -> Iterator[SourceFile]:
    """Yield the 1,797 handwritten digits that scikit-learn carries, as 8 × 8 gray PNG files.

    Their 17 levels (how many of 4 × 4 scanned pixels had ink) are spread over 0 to 255 by
    ``level * 255 / 16``, rounded to the nearest, halves to even. The data is the test part of
    Kaynak, "Methods of Combining Multiple Classifiers and Their Applications to Handwritten Digit
    Recognition" (1995), from the UCI repository.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / _BRIGHTEST)).astype(np.uint8)
    for number, (image, target) in enumerate(zip(pixels, digits.target, strict=True)):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, format="PNG")
        identity = f"{number:04d}"
        label = str(target)
        yield SourceFile(identity, f"{label}/{identity}.png", label, buffer.getvalue())
