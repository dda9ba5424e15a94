"""Tables as comma-separated values: small ones that a person may open."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kizu.datasets.base import FileDataset


class CsvDataset(FileDataset[Any, Any]):
    """A ``pandas.DataFrame`` without its index, in UTF-8 with line feeds.

    A column that ``dtype`` calls ``str`` comes back as it was, whatever it looks like: ``007``,
    ``NA``, nothing at all. In every other column an empty field is a missing value.

    Args:
        filepath: as for every :class:`FileDataset`.
        dtype: pandas types by column; the type of an unnamed column is inferred.
        metadata: as for every :class:`FileDataset`.
    """

    FORM = "CSV table"

    def __init__(
        self,
        *,
        filepath: str | Path,
        dtype: Mapping[str, str] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._dtype = dict(dtype or {})

    def _read(self, path: Path) -> Any:
        import pandas as pd

        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
        return pd.read_csv(
            path,
            dtype={name: kind for name, kind in self._dtype.items() if name in header},
            keep_default_na=False,
            na_values={name: [""] for name in header if self._dtype.get(name) != "str"},
            encoding="utf-8",
        )

    def _write(self, data: Any, path: Path) -> None:
        # Text is always quoted: with less, a lone carriage return would end a row.
        data.to_csv(
            path,
            index=False,
            lineterminator="\n",
            quoting=csv.QUOTE_NONNUMERIC,
            encoding="utf-8",
        )

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "dtype": self._dtype}
