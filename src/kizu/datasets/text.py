"""Text: reports, schemas, anything a person reads."""

from pathlib import Path

from kizu.datasets.base import FileDataset


class TextDataset(FileDataset[str, str]):
    """A string in UTF-8, its line ends untouched."""

    FORM = "UTF-8 text"

    def _read(self, path: Path) -> str:
        return path.read_bytes().decode("utf-8")

    def _write(self, data: str, path: Path) -> None:
        path.write_bytes(data.encode("utf-8"))
