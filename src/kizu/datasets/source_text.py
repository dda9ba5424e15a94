"""A text file of the user's own, such as a schema: read, never written."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from kizu.datasets.files import reading


class SourceTextDataset(AbstractDataset[Any, str | None]):
    """A UTF-8 text; being a catalog entry makes it a dependency that DVC hashes.

    Args:
        filepath: the file, or None where there is none: then None is loaded.
        metadata: left alone by Kedro.
    """

    def __init__(
        self, *, filepath: str | Path | None, metadata: dict[str, Any] | None = None
    ) -> None:
        self._path = None if filepath is None else Path(filepath)
        self.metadata = metadata

    def load(self) -> str | None:
        """Return the text, its line ends untouched.

        Raises:
            DatasetError: there is no such file, or it is no UTF-8 text.
        """
        if self._path is None:
            return None
        if not self._path.is_file():
            raise DatasetError(
                f"The source file {self._path} does not exist. Put it there, or set `filepath` of "
                "this catalog entry to where it is, or to null."
            )
        with reading(self._path, "UTF-8 text"):
            return self._path.read_bytes().decode("utf-8")

    def save(self, data: Any) -> NoReturn:
        """Refuse: a source is read only.

        Raises:
            DatasetError: always.
        """
        raise DatasetError(f"The source file {self._path} is only read, never written.")

    def _exists(self) -> bool:
        return self._path is None or self._path.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": None if self._path is None else self._path.as_posix()}
