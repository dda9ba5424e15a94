"""What every dataset of this project shares: a path, atomic writes and errors that say it all."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from kedro.io import AbstractDataset

from kizu.datasets.files import reading, replacing

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class FileDataset(AbstractDataset[Saved, Loaded], Generic[Saved, Loaded]):
    """A file (or a folder) of one format.

    A subclass names its ``FORM`` and implements :meth:`_read` and :meth:`_write`. Saving is
    atomic, and saving equal data gives equal bytes, in any process.

    Args:
        filepath: where the data lies. Kedro makes it absolute, relative to the project.
        metadata: left alone by Kedro; the key ``kizu`` tells DVC and MLflow what this output is.
    """

    FORM: ClassVar[str]

    def __init__(self, *, filepath: str | Path, metadata: dict[str, Any] | None = None) -> None:
        self._path = Path(filepath)
        self.metadata = metadata

    def load(self) -> Loaded:
        """Return the data.

        Raises:
            DatasetError: the file is missing or broken.
        """
        with reading(self._path, self.FORM):
            return self._read(self._path)

    def save(self, data: Saved) -> None:
        """Write the data, whole or not at all.

        Raises:
            DatasetError: the data does not fit the format, or the file cannot be written.
        """
        with replacing(self._path) as temporary:
            self._write(data, temporary)

    @abstractmethod
    def _read(self, path: Path) -> Loaded:
        """Return the data at ``path``; any error means that it is broken."""

    @abstractmethod
    def _write(self, data: Saved, path: Path) -> None:
        """Write ``data`` to ``path``, which does not exist yet."""

    def _exists(self) -> bool:
        return self._path.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._path.as_posix()}
