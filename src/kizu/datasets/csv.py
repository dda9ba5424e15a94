"""Tables as comma-separated values: small ones that a person may open."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kizu.datasets.base import FileDataset


class CsvDataset(FileDataset[Any, Any]):
    """A ``pandas.DataFrame`` without its index, in UTF-8 with line feeds.

    A column of text comes back as it was, whatever it looks like: ``007``, ``NA``, nothing at all.
    In every other column an empty field is a missing value.

    Args:
        filepath: as for every :class:`FileDataset`.
        text: the columns of text, where they exist; the type of the others is inferred.
        metadata: as for every :class:`FileDataset`.
    """

    FORM = "CSV table"

    def __init__(
        self,
        *,
        filepath: str | Path,
        text: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._text = list(text)

    def _read(self, path: Path) -> Any:
        import pandas as pd

        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
        return pd.read_csv(
            path,
            dtype={name: "str" for name in self._text if name in header},
            keep_default_na=False,
            na_values={name: [""] for name in header if name not in self._text},
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
        return {**super()._describe(), "text": self._text}
