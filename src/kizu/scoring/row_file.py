"""Rows on disk while they grow, so that memory does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd


class RowFile:
    """A Parquet file that data frames of the same columns are added to.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def add(self, rows: pd.DataFrame) -> None:
        """Write rows behind those that are there."""
        import pyarrow as pa
        from pyarrow import parquet

        if self._writer is None:
            table = pa.Table.from_pandas(rows, preserve_index=False)
            self._writer = parquet.ParquetWriter(self._path, table.schema)
        else:
            table = pa.Table.from_pandas(rows, schema=self._writer.schema, preserve_index=False)
        self._writer.write_table(table)

    def parts(self) -> Iterator[pd.DataFrame]:
        """Yield the rows, as many at a time as were added; none can be added any more."""
        from pyarrow import parquet

        self.close()
        with parquet.ParquetFile(self._path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group).to_pandas()

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
