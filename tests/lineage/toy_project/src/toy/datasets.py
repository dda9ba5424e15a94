from pathlib import Path

from kedro.io import AbstractDataset


class NotesDataset(AbstractDataset):
    """A folder of short texts."""

    def __init__(self, *, filepath, suffix, metadata=None):
        self.folder, self.suffix, self.metadata = Path(filepath), suffix, metadata

    def load(self):
        return {p.stem: p.read_text() for p in self.folder.glob(f"*.{self.suffix}")}

    def save(self, data):
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, text in data.items():
            (self.folder / f"{name}.{self.suffix}").write_text(text)

    def _describe(self):
        return {}
