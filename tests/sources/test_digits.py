"""The built-in digits."""

import io
from collections import Counter

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from kizu.sources.digits import read_digits


def test_the_digits_are_scikit_learns_with_levels_spread_to_255():
    reference = load_digits()
    digits = list(read_digits())
    assert len(digits) == 1797
    assert len({digit.path for digit in digits}) == 1797
    for number in (0, 7, 1796):
        digit = digits[number]
        assert digit.label == str(reference.target[number])
        assert digit.path == f"{digit.label}/{digit.id}.png"
        with Image.open(io.BytesIO(digit.content)) as image:
            pixels = np.asarray(image)
        assert pixels.dtype == np.uint8
        assert np.array_equal(pixels, np.rint(reference.images[number] * 255 / 16))
        # Nothing is lost: the 17 levels can be told apart.
        assert np.array_equal(np.rint(pixels / 255 * 16), reference.images[number])
    assert min(Counter(digit.label for digit in digits).values()) == 174
