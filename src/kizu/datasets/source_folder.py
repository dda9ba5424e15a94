"""The user's own folder: read, never written."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError


class SourceFolderDataset(AbstractDataset[Any, Path | None]):
    """Where a folder source lies; being a catalog entry makes it a dependency that DVC hashes.

    Args:
        filepath: the folder, or None where the data comes from elsewhere: then None is loaded.
        metadata: left alone by Kedro.
    """

    def __init__(
        self, *, filepath: str | Path | None, metadata: dict[str, Any] | None = None
    ) -> None:
        self._path = None if filepath is None else Path(filepath)
        self.metadata = metadata

    def load(self) -> Path | None:
        """Return the folder's path.

        Raises:
            DatasetError: there is no such folder.
        """
        if self._path is not None and not self._path.is_dir():
            raise DatasetError(
                f"The source folder {self._path} does not exist. Put the files there, or set "
                "`filepath` of this catalog entry to the folder that holds them."
            )
        return self._path

    def save(self, data: Any) -> NoReturn:
        """Refuse: a source is read only.

        Raises:
            DatasetError: always.
        """
        raise DatasetError(f"The source folder {self._path} is only read, never written.")

    def _exists(self) -> bool:
        return self._path is None or self._path.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": None if self._path is None else self._path.as_posix()}
