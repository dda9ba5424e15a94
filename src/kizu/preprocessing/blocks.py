"""Arrays larger than memory: made, and read, a block of rows at a time."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np

_BLOCK_BYTES = 16 * 2**20
_ROWS_A_TASK = 32

Row = Callable[[int], np.ndarray]


def usable_cores() -> int:
    """Return how many cores this process may use; no result depends on it."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class RowwiseArray:
    """An array that is computed row by row, when and as often as it is read.

    Rows are computed by as many threads, or processes, as there are cores. Threads help where
    ``row`` spends nearly all of its time in libraries that release the interpreter; processes also
    where it does not, once there are enough rows to make up for their start. The rows come out the
    same, and in order, and of several errors the one of the first row is raised.

    Attributes:
        shape: (N, …), the shape of the whole.
        dtype: the type of the whole.
        row: returns row ``i``, of shape ``shape[1:]``; it must allow calls from several threads,
            or be picklable for processes.
        processes: whether processes compute the rows.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    row: Row
    processes: bool = False

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the rows in order, in blocks of about 16 MiB; a block is not kept."""
        pool, compute = self._pool()
        with pool:
            for start, stop in block_bounds(self.shape, self.dtype.itemsize):
                block = np.empty((stop - start, *self.shape[1:]), self.dtype)
                firsts = range(start, stop, _ROWS_A_TASK)
                tasks = [
                    pool.submit(compute, range(first, min(first + _ROWS_A_TASK, stop)))
                    for first in firsts
                ]
                try:
                    for first, task in zip(firsts, tasks, strict=True):
                        rows = task.result()
                        block[first - start : first - start + len(rows)] = rows
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
                yield block

    def _pool(self) -> tuple[Executor, Callable[[range], list[np.ndarray]]]:
        if not self.processes:
            return ThreadPoolExecutor(usable_cores()), partial(_compute, self.row)
        # A fork would copy the locks of other threads as they happen to be.
        spawn = get_context("spawn")
        pool = ProcessPoolExecutor(usable_cores(), spawn, initializer=_keep, initargs=(self.row,))
        return pool, _compute_kept

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        """Return the whole, in memory."""
        whole = np.concatenate([np.empty((0, *self.shape[1:]), self.dtype), *self.blocks()])
        return whole if dtype is None else whole.astype(dtype)


def _compute(row: Row, numbers: range) -> list[np.ndarray]:
    return [row(number) for number in numbers]


_kept: Row


def _keep(row: Row) -> None:
    """Keep ``row`` in a worker process, so that it is sent there once and not with every task."""
    global _kept
    _kept = row


def _compute_kept(numbers: range) -> list[np.ndarray]:
    return _compute(_kept, numbers)


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
