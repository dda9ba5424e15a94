"""Arrays larger than memory: made, and read, a block of rows at a time."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

_BLOCK_BYTES = 16 * 2**20
_ROWS_A_TASK = 32


def usable_cores() -> int:
    """Return how many cores this process may use; no result depends on it."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class RowwiseArray:
    """An array that is computed row by row, when and as often as it is read.

    Rows are computed by as many threads as there are cores, which helps where ``row`` spends its
    time in libraries that release the interpreter, such as decoders. The rows come out the same,
    and in order, and of several errors the one of the first row is raised.

    Attributes:
        shape: (N, …), the shape of the whole.
        dtype: the type of the whole.
        row: returns row ``i``, of shape ``shape[1:]``; it must allow calls from several threads.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    row: Callable[[int], np.ndarray]

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the rows in order, in blocks of about 16 MiB; a block is not kept."""
        with ThreadPoolExecutor(usable_cores()) as pool:
            for start, stop in block_bounds(self.shape, self.dtype.itemsize):
                block = np.empty((stop - start, *self.shape[1:]), self.dtype)
                tasks = [
                    pool.submit(self._fill, block[first : first + _ROWS_A_TASK], start + first)
                    for first in range(0, len(block), _ROWS_A_TASK)
                ]
                try:
                    for task in tasks:
                        task.result()
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
                yield block

    def _fill(self, rows: np.ndarray, first: int) -> None:
        for position in range(len(rows)):
            rows[position] = self.row(first + position)

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        """Return the whole, in memory."""
        whole = np.concatenate([np.empty((0, *self.shape[1:]), self.dtype), *self.blocks()])
        return whole if dtype is None else whole.astype(dtype)


def read_blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of an array in order, in blocks of about 16 MiB.

    The array may be memory-mapped, or anything that has a shape and a dtype and gives rows for a
    slice: it is never whole in memory.
    """
    for start, stop in block_bounds(array.shape, array.dtype.itemsize):
        yield np.asarray(array[start:stop])


def block_bounds(shape: Sequence[int], item_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of consecutive blocks of about 16 MiB over axis 0."""
    row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * item_bytes
    rows = max(1, _BLOCK_BYTES // max(1, row_bytes))
    for start in range(0, shape[0], rows):
        yield start, min(start + rows, shape[0])
