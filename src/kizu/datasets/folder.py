"""A folder of files, written one after the other."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from kedro.io import DatasetError

from kizu.datasets.base import FileDataset
from kizu.datasets.files import reading

Content = bytes | Path | Callable[[], bytes]


class FolderDataset(FileDataset[Mapping[str, Content], dict[str, Path]]):
    """A mapping from relative POSIX paths to contents.

    A content to save is bytes, a file to copy, or a function that returns bytes and is called
    when its turn comes, so that the whole is never in memory. The saved mapping is all the folder
    holds afterwards: files of an earlier run are gone. Loading gives the paths on disk, sorted by
    name.
    """

    FORM = "folder"

    def _read(self, path: Path) -> dict[str, Path]:
        if not path.is_dir():
            raise FileNotFoundError(path)
        files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
        return dict(sorted((file.relative_to(path).as_posix(), file) for file in files))

    def _write(self, data: Mapping[str, Content], path: Path) -> None:
        path.mkdir()
        made = set()
        for name, content in data.items():
            target = path / _inside(name)
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            if isinstance(content, Path):
                with reading(content, "file"):
                    source = content.open("rb")
                with source, self._new(target, name) as copy:
                    shutil.copyfileobj(source, copy)
            else:
                value = content() if callable(content) else content
                with self._new(target, name) as file:
                    file.write(value)

    def _new(self, target: Path, name: str) -> BinaryIO:
        try:
            return target.open("xb")
        except FileExistsError as error:
            raise DatasetError(
                f"{self._path}: {name!r} names a file that was written already. Names must "
                "differ by more than case where the disk does not tell case apart."
            ) from error


def _inside(name: str) -> PurePosixPath:
    """Return ``name`` as a path that stays in its folder on every system.

    Raises:
        DatasetError: it is absolute, climbs out, or is not in its simplest form.
    """
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    climbs = ".." in path.parts or ".." in windows.parts
    if climbs or path.is_absolute() or windows.anchor or "\0" in name or path.as_posix() != name:
        raise DatasetError(
            f"{name!r} is no file name inside a folder: a relative path with '/' between its "
            "parts, and without '..', is allowed."
        )
    if not path.parts:
        raise DatasetError("An empty name is no file name inside a folder.")
    return path
