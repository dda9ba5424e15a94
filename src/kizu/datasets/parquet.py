"""Tables as Parquet: the form in which stages hand tables to each other."""

from pathlib import Path
from typing import Any

from kizu.datasets.base import FileDataset


class ParquetDataset(FileDataset[Any, Any]):
    """A ``pandas.DataFrame`` without its index, its column types kept."""

    FORM = "Parquet table"

    def _read(self, path: Path) -> Any:
        import pandas as pd

        return pd.read_parquet(path, engine="pyarrow")

    def _write(self, data: Any, path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        table = pyarrow.Table.from_pandas(data, preserve_index=False)
        parquet.write_table(table, path, compression="zstd")
