"""Files and folders as DVC's cache keeps them: by the hash of what they hold."""

import json
import shutil
from pathlib import Path

from kizu.lineage.errors import KizuError

_FOLDER = ".dir"


def restore(root: Path, digest: str, destination: Path) -> None:
    """Copy a file or a folder out of DVC's local cache.

    Args:
        root: the project's root.
        digest: as ``dvc.lock`` has it (see `kizu.lineage.hashing.content_hash`).
        destination: created, the folders above it too.

    Raises:
        KizuError: the cache lacks it, or a file of the folder.
    """
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        cache = Path(repo.cache.local.path)
    cached = _cached(cache, digest)
    if not digest.endswith(_FOLDER):
        _copy(cached, destination)
        return
    for entry in json.loads(cached.read_text(encoding="utf-8")):
        _copy(_cached(cache, entry["md5"]), destination / entry["relpath"])


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def _cached(cache: Path, digest: str) -> Path:
    path = cache / digest[:2] / digest[2:]
    if not path.is_file():
        what = "folder" if digest.endswith(_FOLDER) else "file"
        raise KizuError(
            f"DVC's cache has no {what} {digest}.",
            "fetch it with `dvc pull`, or make it again at the commit of that run",
        )
    return path
