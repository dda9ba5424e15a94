"""Exhibits of what is made of an image: scrambled with a key, drawn on, saved."""

import numpy as np

from kizu.preprocessing.image_drawing import draw_rectangle, draw_text
from kizu.preprocessing.image_scrambling import (
    scramble_blocks,
    scramble_colors,
    unscramble_blocks,
    unscramble_colors,
)
from kizu.preprocessing.images import Form, encode_image, load_image
from kizu.reporting.gallery import Exhibit, exhibit
from kizu.reporting.picture_grid import picture_grid

_KEY = "a key"
_TEXT = "傷 flaw"


def colors_scrambled(sample: np.ndarray) -> Exhibit:
    """Return the image with its colors scrambled, and put right."""
    scrambled = scramble_colors(sample, key=_KEY)
    back = unscramble_colors(scrambled, key=_KEY)
    wrong = unscramble_colors(scrambled, key="another key")
    return exhibit(
        "scramble_colors",
        "Color scrambling with a key",
        "Each pixel's values are negated or not, and its channels reordered, as the key says: "
        f"{(scrambled != sample).mean():.1%} of the values change. With the key every value comes "
        f"back ({_differing(back, sample)} differ); with another key "
        f"{(wrong != sample).mean():.1%} stay wrong.",
        picture_grid(
            [
                ("scrambled", scrambled),
                ("with the key", back),
                ("with another key", wrong),
            ],
            columns=3,
        ),
    )


def blocks_scrambled(sample: np.ndarray) -> Exhibit:
    """Return the image with its blocks in another order, for several sizes, and put right."""
    pictures = []
    differing = 0
    for height, width in ((16, 16), (8, 8), (7, 11)):
        scrambled = scramble_blocks(sample, key=_KEY, height=height, width=width)
        back = unscramble_blocks(scrambled, key=_KEY, height=height, width=width)
        differing += _differing(back, sample)
        pictures.append((f"{height} × {width}", scrambled))
    return exhibit(
        "scramble_blocks",
        "Block scrambling with a key",
        "Blocks of any size change places. 7 × 11 (height × width) does not divide the image: the "
        "smaller blocks at the right and at the bottom change places among themselves. With the "
        f"key {differing} values differ from the original, over all three.",
        picture_grid(pictures, columns=3),
    )


def drawn(sample: np.ndarray) -> Exhibit:
    """Return the image with text and rectangles on it."""
    height, width = sample.shape[:2]
    size = max(1, height // 3)
    result = draw_text(sample, text=_TEXT, top=0, left=2, size=size)
    result = draw_rectangle(
        result,
        top=height // 2,
        left=width // 4,
        height=max(1, height // 3),
        width=max(1, width // 2),
        color="red",
        thickness=2,
    )
    changed = float((result != sample).any(axis=2).mean())
    return exhibit(
        "draw",
        "Text and rectangles",
        f"{_TEXT!r} and a red frame; {changed:.1%} of the pixels changed. Any Unicode text can be "
        "drawn; a letter that no font has is an error.",
        picture_grid([("drawn", result)], columns=2),
    )


def saved(sample: np.ndarray) -> Exhibit:
    """Return the image as files of several forms, read back."""
    forms: list[tuple[str, Form, int | None]] = [
        ("PNG", "png", None),
        ("WebP", "webp", None),
        ("JPEG, quality 90", "jpeg", 90),
        ("JPEG, quality 20", "jpeg", 20),
    ]
    pictures, facts = [], []
    for name, form, quality in forms:
        content = encode_image(sample, form, quality=quality)
        back = load_image(content, "rgb")
        error = float(np.abs(back.astype(int) - sample).mean())
        facts.append(f"{name} {len(content):,} bytes, error {error:.2f}")
        pictures.append((f"{name}\n{len(content):,} bytes", back))
    return exhibit(
        "save",
        "Save and read back",
        f"{sample.nbytes:,} bytes in memory. {'; '.join(facts)} (mean absolute difference). PNG "
        "and lossless WebP keep every value.",
        picture_grid(pictures, columns=4),
    )


def _differing(first: np.ndarray, second: np.ndarray) -> int:
    return int((first != second).sum())
