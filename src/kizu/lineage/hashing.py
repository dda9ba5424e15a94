"""Content hashes equal to those that DVC 3 writes into ``dvc.lock``, without importing DVC.

A file is the MD5 of its bytes. A folder is the MD5 of the JSON list of its files' hashes and
relative paths, with ``.dir`` behind it (`dvc_data.hashfile.tree.Tree`). Names that the project's
``.dvcignore`` excludes do not count.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path


def content_hash(path: Path, root: Path | None = None) -> str:
    """Return the hash that DVC gives a file or a folder.

    Args:
        path: the file or folder.
        root: the folder whose ``.dvcignore`` applies; nothing is ignored without it.

    Raises:
        FileNotFoundError: nothing lies at ``path``.
    """
    if not path.is_dir():
        return _file_hash(path)
    ignored = ignore_rule(root) if root else _nothing_ignored
    files = sorted((file.relative_to(path).as_posix(), file) for file in _walk(path, ignored))
    entries = [{"md5": _file_hash(file), "relpath": name} for name, file in files]
    text = json.dumps(entries, sort_keys=True)
    return f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir"


def ignore_rule(root: Path) -> Callable[[Path], bool]:
    """Return a predicate: does ``root/.dvcignore`` exclude this path?

    A folder is asked about like a file; a path outside ``root`` is never excluded.
    """
    try:
        lines = (root / ".dvcignore").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return _nothing_ignored
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(line.strip() for line in lines)

    def ignored(path: Path) -> bool:
        if not path.is_relative_to(root):
            return False
        name = path.relative_to(root).as_posix()
        return spec.match_file(f"{name}/" if path.is_dir() else name)

    return ignored


def _nothing_ignored(_: Path) -> bool:
    return False


def _walk(folder: Path, ignored: Callable[[Path], bool]) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not ignored(Path(parent, name))]
        for name in files:
            if not ignored(file := Path(parent, name)):
                yield file


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _md5).hexdigest()


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)
