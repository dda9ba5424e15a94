"""Folders as DVC's cache keeps them: by the hash of what they hold."""

import json
import shutil
from pathlib import Path

from kizu.lineage.errors import KizuError

_FOLDER = ".dir"


def restore_folder(root: Path, digest: str, destination: Path) -> None:
    """Copy a folder out of DVC's local cache.

    Args:
        root: the project's root.
        digest: of the folder, as ``dvc.lock`` has it (see `kizu.lineage.hashing.content_hash`).
        destination: created; receives the files.

    Raises:
        KizuError: the cache lacks the folder or one of its files.
    """
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        cache = Path(repo.cache.local.path)
    entries = json.loads(_cached(cache, digest).read_text(encoding="utf-8"))
    for entry in entries:
        target = destination / entry["relpath"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_cached(cache, entry["md5"]), target)


def _cached(cache: Path, digest: str) -> Path:
    path = cache / digest[:2] / digest[2:]
    if not path.is_file():
        what = "folder" if digest.endswith(_FOLDER) else "file"
        raise KizuError(
            f"DVC's cache has no {what} {digest}.",
            "fetch it with `dvc pull`, or make it again at the commit of that run",
        )
    return path
