"""An array in a file that is read, not mapped: for address spaces too small for the map."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

_BLOCK_BYTES = 16 * 2**20
_LARGEST_SHARE = 4  # of the address space that a process may use, as one part in so many


def fits_address_space(size: int) -> bool:
    """Return whether a map of ``size`` bytes leaves most of the allowed address space free.

    The limit is the one that ``ulimit -v`` sets; usually there is none.
    """
    if sys.platform == "win32":
        return True
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return limit == resource.RLIM_INFINITY or size <= limit // _LARGEST_SHARE


class FileRows:
    """A read-only array (N, …) whose rows are read from a file when they are asked for.

    Indexed along the first axis as an array is, by a number, a slice, or an array of numbers or
    of booleans; numbers and slices for further axes may follow. Each gives a new array with the
    rows asked for. ``np.asarray`` reads the whole. May be read by several threads.

    Args:
        path: the file; it may be replaced or removed afterwards.
        offset: where the values begin, in bytes.
        shape: of the whole, with at least one axis.
        dtype: of the values, which lie in C order.
    """

    def __init__(self, path: Path, offset: int, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape = shape
        self.dtype = dtype
        self._offset = offset
        self._row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * dtype.itemsize
        # Unbuffered: rows are read into their arrays.
        self._file = path.open("rb", buffering=0)
        found = os.fstat(self._file.fileno()).st_size - offset
        if found < self.nbytes:
            raise ValueError(f"it holds {found} of {self.nbytes} bytes")

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """The size of the whole in bytes."""
        return self.shape[0] * self._row_bytes

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in self.blocks():
            yield from block

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the rows in order, in blocks of about 16 MiB."""
        rows = max(1, _BLOCK_BYTES // max(1, self._row_bytes))
        for start in range(0, len(self), rows):
            yield self._read(start, min(start + rows, len(self)))

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        """Return the whole, in memory."""
        if copy is False:
            raise ValueError("the values are in a file: they cannot be had without a copy")
        whole = self._read(0, len(self))
        return whole if dtype is None else whole.astype(dtype)

    def __getitem__(self, key: Any) -> Any:
        first, *rest = key if isinstance(key, tuple) else (key,)
        if first is None or first is Ellipsis or not all(map(_is_basic, rest)):
            raise IndexError(
                f"{key!r} is no index of an array that stays in its file: rows by a number, a "
                "slice or an array, then numbers and slices"
            )
        rows = np.arange(len(self))[first]
        if rows.ndim == 0:
            return self._read(int(rows), int(rows) + 1)[(0, *rest)]
        if isinstance(first, slice) and first.step in (None, 1):
            start = int(rows[0]) if rows.size else 0
            return self._read(start, start + rows.size)[(slice(None), *rest)]
        chosen = np.empty((rows.size, *self.shape[1:]), self.dtype)
        for position, row in enumerate(rows.ravel().tolist()):
            self._fill(chosen[position : position + 1], row)
        return chosen.reshape(*rows.shape, *self.shape[1:])[
            (*(slice(None) for _ in rows.shape), *rest)
        ]

    def _read(self, start: int, stop: int) -> np.ndarray:
        block = np.empty((stop - start, *self.shape[1:]), self.dtype)
        self._fill(block, start)
        return block

    def _fill(self, block: np.ndarray, start: int) -> None:
        """Read the rows from ``start`` on into a contiguous ``block``."""
        target = block.reshape(-1).view(np.uint8).data
        position = self._offset + start * self._row_bytes
        while target:
            count = os.preadv(self._file.fileno(), [target], position)
            if count == 0:
                raise OSError(f"{self._file.name} was cut short while it was read")
            target, position = target[count:], position + count


def _is_basic(index: Any) -> bool:
    return isinstance(index, int | np.integer | slice)
