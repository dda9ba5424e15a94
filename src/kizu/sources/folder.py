"""A folder of the user's own files."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from kizu.sources.files import Reject, RejectedFileError, SourceFile
from kizu.sources.names import escape_name, portable_name
from kizu.sources.origin import Origin, Source

logger = logging.getLogger(__name__)


def open_folder(root: Path) -> Source:
    """Return the user's own files; see :func:`read_folder`."""
    return Source(Origin(name="folder", title="The user's own files"), read_folder(root))


def read_folder(root: Path) -> Iterator[SourceFile | Reject]:
    """Yield every file under ``root``, its label the name of the folder that it lies in.

    A file keeps its place: its path below ``root``, made portable, is its path in the raw folder
    and its id. What is no file of this folder is refused: a link that leads out of it or nowhere,
    a link to a folder (which may lead in circles), a pipe or device (which may never end), a
    folder that may not be read. What begins with a dot (``.DS_Store``, ``.gitkeep``, ``._a.png``, a
    folder ``.git``) is other programs' own: it is skipped, and the log says how much of it there
    was. The order is that of the names.

    Raises:
        NotADirectoryError: ``root`` is no folder.
    """
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder")
    inside = root.resolve()
    unreadable: list[OSError] = []
    hidden = 0
    for folder, subfolders, names in os.walk(root, onerror=unreadable.append):
        visible = [name for name in names if not _is_hidden(name)]
        hidden += len(names) - len(visible) + sum(map(_is_hidden, subfolders))
        # What stays in the list is what os.walk goes on to.
        subfolders[:] = sorted(name for name in subfolders if not _is_hidden(name))
        links = [name for name in subfolders if Path(folder, name).is_symlink()]
        for path in sorted(Path(folder, name) for name in [*visible, *links]):
            yield _describe(path, root, inside)
        for error in unreadable:
            yield Reject(_shown(Path(error.filename), root), "is a folder that may not be read")
        unreadable.clear()
    if hidden:
        logger.info("%s: skipped %d files and folders that begin with a dot.", root, hidden)


def visible_files(root: Path) -> Iterator[Path]:
    """Yield the paths of the files that `read_folder` describes, without a look at them."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if not _is_hidden(name)]
        yield from (Path(folder, name) for name in names if not _is_hidden(name))


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _describe(path: Path, root: Path, inside: Path) -> SourceFile | Reject:
    try:
        _check(path, inside)
        parts = [portable_name(part) for part in path.relative_to(root).parts]
        label = parts[-2] if len(parts) > 1 else portable_name(inside.name)
    except RejectedFileError as error:
        return Reject(_shown(path, root), str(error))
    name = "/".join(parts)
    return SourceFile(name, name, label, path)


def _check(path: Path, inside: Path) -> None:
    try:
        target = path.resolve(strict=True)
    except PermissionError as error:
        raise RejectedFileError("may not be read (no permission)") from error
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in circles
        raise RejectedFileError("is a link that leads nowhere") from error
    if not target.is_relative_to(inside):
        raise RejectedFileError("is a link that leads out of the source folder")
    if target.is_dir():
        raise RejectedFileError("is a link to a folder; links to folders are not followed")
    if not target.is_file():
        raise RejectedFileError("is no regular file (a pipe, a socket or a device)")
    if not os.access(path, os.R_OK):
        raise RejectedFileError("may not be read (no permission)")


def _shown(path: Path, root: Path) -> str:
    return "/".join(escape_name(part) for part in path.relative_to(root).parts)
