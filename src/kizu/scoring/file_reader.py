"""Reading where every file is one item: images and sounds."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, ClassVar

import numpy as np

from kizu.preprocessing.blocks import usable_cores
from kizu.scoring.errors import ScoringError
from kizu.scoring.reader import Chunk
from kizu.sources.files import Reject, RejectedFileError, SourceFile

_FILES_AT_ONCE = 256


class FileReader:
    """What such readers share; a modality's own says by ``item`` what a file holds.

    Files are read by as many threads as there are cores, in order.
    """

    noun: ClassVar[str]
    columns: ClassVar[Mapping[str, str]] = {"file": "string", "content": "binary"}
    shape: tuple[int, ...]
    dtype: ClassVar[type[np.generic]]

    def item(self, file: SourceFile) -> np.ndarray:
        """Return the file's item.

        Raises:
            RejectedFileError: it cannot be used.
        """
        raise NotImplementedError

    def read(self, files: Iterable[SourceFile | Reject]) -> Iterator[Chunk | Reject]:
        """Yield chunks of at most 256 files."""
        with ThreadPoolExecutor(usable_cores()) as pool:
            iterator = iter(files)
            while batch := list(islice(iterator, _FILES_AT_ONCE)):
                items, names, contents = [], [], []
                for file, found in zip(batch, pool.map(self._try, batch), strict=True):
                    if isinstance(found, Reject):
                        yield found
                    else:
                        items.append(found)
                        assert isinstance(file, SourceFile)
                        names.append(file.path)
                        contents.append(file.content)
                if items:
                    yield Chunk(names, None, np.stack(items), contents)

    def read_frame(self, frame: Any) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
        """Return the items of files that a data frame holds: their names, and their bytes."""
        if missing := sorted(self.columns.keys() - set(frame.columns)):
            raise ScoringError(
                f"the input lacks the column {missing[0]!r}.",
                "give file (a name with its extension) and content (the bytes of the file)",
            )
        items, kept, rejected = [], [], {}
        rows = zip(frame["file"], frame["content"], strict=True)
        for position, (name, content) in enumerate(rows):
            if isinstance(content, bytes):
                found = self._try(SourceFile(str(name), str(name), "", content))
            else:
                kind = type(content).__name__
                found = Reject(str(name), f"has no bytes in the column 'content', but {kind}")
            if isinstance(found, Reject):
                rejected[position] = found.reason
            else:
                items.append(found)
                kept.append(position)
        stacked = np.stack(items) if items else np.empty((0, *self.shape), self.dtype)
        return stacked, np.array(kept, np.int64), rejected

    def _try(self, file: SourceFile | Reject) -> np.ndarray | Reject:
        if isinstance(file, Reject):
            return file
        try:
            return self.item(file)
        except RejectedFileError as error:
            return Reject(file.path, str(error))
