"""NumPy arrays in one memory-mappable file."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

import numpy as np
from kedro.io import DatasetError

from kizu.datasets.base import FileDataset
from kizu.datasets.rows import FileRows, fits_address_space

_BLOCK_BYTES = 16 * 2**20


@runtime_checkable
class BlockwiseArray(Protocol):
    """An array that is never whole in memory: blocks of rows, concatenated along axis 0."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the whole."""

    @property
    def dtype(self) -> np.dtype:
        """The type of every block."""

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the blocks, in order."""


class NpyDataset(FileDataset[np.ndarray | BlockwiseArray, np.ndarray | FileRows]):
    """An array in the NPY format: loaded memory-mapped and read-only, saved block by block.

    Where the address space is too small for the map (``ulimit -v``), the rows are read from the
    file when they are asked for: :class:`FileRows`.
    """

    FORM = "NPY array"

    def _read(self, path: Path) -> np.ndarray | FileRows:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            header = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, fortran_order, dtype = header(file)
            offset = file.tell()
        if dtype.hasobject:
            raise ValueError("it holds Python objects")
        if 0 in shape:  # nothing to map
            empty = np.empty(shape, dtype)
            empty.flags.writeable = False
            return empty
        if shape and not fortran_order and not fits_address_space(path.stat().st_size):
            return FileRows(path, offset, shape, dtype)
        mapped: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        return mapped

    def _write(self, data: np.ndarray | BlockwiseArray, path: Path) -> None:
        if not isinstance(data, np.ndarray | BlockwiseArray):
            raise DatasetError(f"{self._path} holds NumPy arrays; got a {type(data).__name__}.")
        if data.dtype.hasobject:
            raise DatasetError(f"{self._path} cannot hold Python objects (dtype {data.dtype}).")
        with path.open("xb") as file:
            np.lib.format.write_array_header_1_0(
                file,
                {
                    "descr": np.lib.format.dtype_to_descr(data.dtype),
                    "fortran_order": False,
                    "shape": tuple(data.shape),
                },
            )
            if isinstance(data, np.ndarray):
                _write_blocks(file, _slices(data))
                return
            rows = 0
            for block in data.blocks():
                if block.dtype != data.dtype or block.shape[1:] != tuple(data.shape[1:]):
                    raise DatasetError(
                        f"{self._path}: a block of {block.dtype} {block.shape} does not fit an "
                        f"array of {data.dtype} {tuple(data.shape)}."
                    )
                _write_blocks(file, [block])
                rows += len(block)
            if rows != data.shape[0]:
                raise DatasetError(
                    f"{self._path}: {data.shape[0]} rows were announced, {rows} came."
                )


def _slices(array: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of ``array`` in blocks of about 16 MiB, so that a memory map stays one."""
    if array.ndim == 0 or array.size == 0:
        yield array
        return
    rows = max(1, _BLOCK_BYTES // max(1, array.nbytes // len(array)))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


def _write_blocks(file: BinaryIO, blocks: Iterable[np.ndarray]) -> None:
    # Not ndarray.tofile: on a full disk it raises an error without a number.
    for block in blocks:
        file.write(np.asarray(block, order="C").reshape(-1).view(np.uint8).data)
