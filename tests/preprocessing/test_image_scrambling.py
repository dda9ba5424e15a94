"""Scrambled images: exactly invertible, and nothing without the key."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kizu.preprocessing.image_scrambling import (
    scramble_blocks,
    scramble_colors,
    unscramble_blocks,
    unscramble_colors,
)

IMAGES = arrays.arrays(
    np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3]))
)
KEYS = st.text(min_size=1, max_size=9)
SIZES = st.integers(1, 14)

COLORS_OF_KIZU = [253, 1, 0, 3, 5, 4, 249, 8, 7, 10, 11, 246, 242, 243, 241, 16, 15, 238]
BLOCKS_OF_KIZU = [12, 13, 2, 3, 4, 17, 18, 7, 8, 9, 0, 1, 10, 11, 14, 5, 6, 15, 16, 19]


def photograph() -> np.ndarray:
    """Smooth, so that neighbors are alike."""
    rows, columns = np.indices((60, 80))
    return np.stack([2 * rows, columns * 3, rows + columns], axis=2).astype(np.uint8)


class TestColors:
    @given(image=IMAGES, key=KEYS)
    def test_the_key_gives_the_image_back(self, image, key):
        scrambled = scramble_colors(image, key=key)
        assert scrambled.shape == image.shape
        assert np.array_equal(unscramble_colors(scrambled, key=key), image)

    def test_a_pixel_has_its_own_values_or_their_negatives(self):
        image = photograph()
        scrambled = scramble_colors(image, key="k")
        folded = np.sort(np.minimum(image, 255 - image), axis=2)
        assert np.array_equal(np.sort(np.minimum(scrambled, 255 - scrambled), axis=2), folded)

    def test_all_orders_and_negations_occur_about_equally_often(self):
        image = np.broadcast_to(np.array([10, 20, 30], np.uint8), (80, 120, 3))
        found = Counter(map(tuple, scramble_colors(image, key="k").reshape(-1, 3).tolist()))
        assert len(found) == 6 * 8
        expected = 80 * 120 / 48
        assert all(0.6 * expected < count < 1.4 * expected for count in found.values())

    def test_another_key_gives_another_image_and_none_back(self):
        image = photograph()
        first = scramble_colors(image, key="first")
        second = scramble_colors(image, key="second")
        assert (first != second).mean() > 0.5
        assert (unscramble_colors(first, key="second") != image).mean() > 0.5

    def test_what_a_key_does_never_changes(self):
        """Files scrambled years ago must come back: the numbers are part of the format."""
        image = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
        assert scramble_colors(image, key="kizu").ravel().tolist() == COLORS_OF_KIZU


class TestBlocks:
    @given(image=IMAGES, key=KEYS, height=SIZES, width=SIZES)
    def test_the_key_gives_the_image_back_for_every_size(self, image, key, height, width):
        scrambled = scramble_blocks(image, key=key, height=height, width=width)
        assert scrambled.shape == image.shape
        assert np.array_equal(
            unscramble_blocks(scrambled, key=key, height=height, width=width), image
        )

    @given(image=IMAGES, key=KEYS, height=SIZES, width=SIZES)
    def test_no_block_is_lost_and_each_is_whole(self, image, key, height, width):
        def blocks(picture):
            return Counter(
                (part.shape, part.tobytes())
                for top in range(0, picture.shape[0], height)
                for left in range(0, picture.shape[1], width)
                for part in [picture[top : top + height, left : left + width]]
            )

        assert blocks(scramble_blocks(image, key=key, height=height, width=width)) == blocks(image)

    @pytest.mark.parametrize("size", [(8, 8), (7, 9), (1, 1), (16, 3)])
    def test_most_blocks_move(self, size):
        image = np.arange(60 * 80 * 1).reshape(60, 80, 1).astype(np.uint8) // 3
        image[:] = np.random.default_rng(0).integers(0, 256, image.shape)
        scrambled = scramble_blocks(image, key="k", height=size[0], width=size[1])
        assert (scrambled != image).mean() > 0.7

    def test_one_block_stays(self):
        image = photograph()
        assert np.array_equal(scramble_blocks(image, key="k", height=60, width=80), image)
        assert np.array_equal(scramble_blocks(image, key="k", height=99, width=99), image)

    def test_another_key_gives_another_image_and_none_back(self):
        image = photograph()
        first = scramble_blocks(image, key="first", height=8, width=8)
        assert (first != scramble_blocks(image, key="second", height=8, width=8)).mean() > 0.5
        assert (unscramble_blocks(first, key="second", height=8, width=8) != image).mean() > 0.5

    def test_what_a_key_does_never_changes(self):
        image = np.arange(20, dtype=np.uint8).reshape(4, 5, 1)
        scrambled = scramble_blocks(image, key="kizu", height=2, width=2)
        assert scrambled.ravel().tolist() == BLOCKS_OF_KIZU
