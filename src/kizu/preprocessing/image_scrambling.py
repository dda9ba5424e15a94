"""Images that only who has the key can see, and that a network can still learn from.

Exactly invertible: the same key gives the image back, bit by bit. One key serves a whole data set,
and every image of one size is scrambled alike, which is what lets a network learn; it also lets
someone with many images guess. This hides pictures from a passing eye and is no encryption.
"""

import hashlib
from typing import Annotated

import numpy as np
from pydantic import Field

Key = Annotated[str, Field(min_length=1)]
BlockSize = Annotated[int, Field(gt=0)]

# The orders of three channels, and what puts each of them back.
_ORDERS = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
_ORDERS_BACK = np.argsort(_ORDERS, axis=1)
_NEGATIVE = 255


def scramble_colors(image: np.ndarray, *, key: Key) -> np.ndarray:
    """Return the image with every pixel's values negated or not, and its channels reordered.

    For each pixel, bits of the key's stream decide which of its values v become 255 - v, and in
    which of the 6 orders its channels come (Sirichotedumrong, Kinoshita and Kiya 2019,
    "Pixel-based image encryption without key management for privacy-preserving deep neural
    networks", section III). A gray image is negated only.

    Args:
        image: uint8 (H, W, C), C = 1 or 3.
        key: any text.
    """
    negated = image ^ _negations(image, key)
    orders = _orders(image, key)
    return negated if orders is None else np.take_along_axis(negated, _ORDERS[orders], axis=2)


def unscramble_colors(image: np.ndarray, *, key: Key) -> np.ndarray:
    """Return the image that :func:`scramble_colors` was given with the same key."""
    orders = _orders(image, key)
    if orders is not None:
        image = np.take_along_axis(image, _ORDERS_BACK[orders], axis=2)
    return image ^ _negations(image, key)


def scramble_blocks(
    image: np.ndarray, *, key: Key, height: BlockSize, width: BlockSize
) -> np.ndarray:
    """Return the image with its blocks of ``height`` × ``width`` pixels in another order.

    Blocks are counted from the top left. Where the size does not divide the image, the right
    column, the bottom row and the corner are of smaller blocks: blocks change places with blocks
    of their own shape, so that no pixel is lost or made up, and a corner stays where it is.

    Args:
        image: uint8 (H, W, C).
        key: any text.
        height: of a block; more than the image's is the image's.
        width: of a block, likewise.
    """
    return _move_blocks(image, key, height, width, back=False)


def unscramble_blocks(
    image: np.ndarray, *, key: Key, height: BlockSize, width: BlockSize
) -> np.ndarray:
    """Return the image that :func:`scramble_blocks` was given with the same key and size."""
    return _move_blocks(image, key, height, width, back=True)


def _move_blocks(image: np.ndarray, key: str, height: int, width: int, *, back: bool) -> np.ndarray:
    result = image.copy()
    bottom = image.shape[0] // height * height
    right = image.shape[1] // width * width
    regions = {
        "blocks": (slice(0, bottom), slice(0, right)),
        "right column": (slice(0, bottom), slice(right, None)),
        "bottom row": (slice(bottom, None), slice(0, right)),
    }
    for name, region in regions.items():
        part = image[region]
        if part.size == 0:
            continue
        rows, columns = max(1, part.shape[0] // height), max(1, part.shape[1] // width)
        blocks = part.reshape(rows, part.shape[0] // rows, columns, part.shape[1] // columns, -1)
        blocks = blocks.swapaxes(1, 2)
        order = _permutation(rows * columns, f"{name} of {height} x {width}", key)
        if back:
            order = np.argsort(order)
        moved = blocks.reshape(rows * columns, *blocks.shape[2:])[order].reshape(blocks.shape)
        result[region] = moved.swapaxes(1, 2).reshape(part.shape)
    return result


def _negations(image: np.ndarray, key: str) -> np.ndarray:
    """Return 255 where a value is to be negated, and 0 elsewhere; of the image's shape."""
    bits = np.unpackbits(_stream(-(-image.size // 8), "negation", key), count=image.size)
    return (bits * np.uint8(_NEGATIVE)).reshape(image.shape)


def _orders(image: np.ndarray, key: str) -> np.ndarray | None:
    """Return the order of each pixel's channels, 0 to 5, as (H, W); a gray image has none."""
    if image.shape[2] == 1:
        return None
    count = image.shape[0] * image.shape[1]
    return (_stream(count, "order", key) % len(_ORDERS)).reshape(image.shape[:2])


def _permutation(count: int, purpose: str, key: str) -> np.ndarray:
    return np.argsort(_stream(8 * count, purpose, key).view("<u8"), kind="stable")


def _stream(length: int, purpose: str, key: str) -> np.ndarray:
    """Return ``length`` bytes that follow from the key alone.

    SHAKE-256 and no generator of NumPy, whose numbers may change between releases: an image must
    come back in ten years, too.
    """
    digest = hashlib.shake_256(f"kizu {purpose}: {key}".encode()).digest(length)
    return np.frombuffer(digest, np.uint8)
