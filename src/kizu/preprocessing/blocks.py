"""Arrays larger than memory: made, and read, a block of rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_BLOCK_BYTES = 16 * 2**20


@dataclass(frozen=True)
class RowwiseArray:
    """An array that is computed row by row, when and as often as it is read.

    Attributes:
        shape: (N, …), the shape of the whole.
        dtype: the type of the whole.
        row: returns row ``i``, of shape ``shape[1:]``.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    row: Callable[[int], np.ndarray]

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the rows in order, in blocks of about 16 MiB; a block is not kept."""
        for start, stop in block_bounds(self.shape, self.dtype.itemsize):
            block = np.empty((stop - start, *self.shape[1:]), self.dtype)
            for index in range(start, stop):
                block[index - start] = self.row(index)
            yield block

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        """Return the whole, in memory."""
        whole = np.concatenate([np.empty((0, *self.shape[1:]), self.dtype), *self.blocks()])
        return whole if dtype is None else whole.astype(dtype)


def read_blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of a (memory-mapped) array in order, in blocks of about 16 MiB."""
    for start, stop in block_bounds(array.shape, array.itemsize):
        yield array[start:stop]


def block_bounds(shape: Sequence[int], item_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of consecutive blocks of about 16 MiB over axis 0."""
    row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * item_bytes
    rows = max(1, _BLOCK_BYTES // max(1, row_bytes))
    for start in range(0, shape[0], rows):
        yield start, min(start + rows, shape[0])
