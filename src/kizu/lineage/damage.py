"""Finding files that are not what ``dvc.lock`` says, because DVC's cache is damaged.

DVC trusts the read-only files of its cache. It puts a damaged one into the workspace in good faith,
also after the stage has just written it right, and ``dvc status`` calls it up to date.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import yaml

from kizu.lineage.errors import KizuError
from kizu.lineage.hashing import content_hash

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = ".dir"


def find_damage(root: Path, lock: Path, stages: Collection[str]) -> dict[str, str]:
    """Compare the outputs of some stages with ``dvc.lock``.

    Args:
        root: the project's root.
        lock: the lock file.
        stages: the stages to look at; those that the file does not hold are passed over.

    Returns:
        The hash that ``dvc.lock`` names, by path relative to the root, of every output that has
        another one.
    """
    if not stages or not lock.is_file():
        return {}
    locked = yaml.load(lock.read_text(encoding="utf-8"), LOADER)["stages"]
    outputs = [out for name in sorted(locked.keys() & {*stages}) for out in locked[name]["outs"]]
    expected = {out["path"]: out["md5"] for out in outputs}
    return {
        path: md5
        for path, md5 in expected.items()
        if (root / path).exists() and content_hash(root / path, root) != md5
    }


def damage_error(root: Path, damage: dict[str, str]) -> KizuError:
    """Return the sentence about damaged files, and the command that gets rid of them."""
    cache = _cache_folder(root)
    copies = [copy for md5 in damage.values() for copy in _damaged_copies(cache, md5)]
    names = ", ".join(damage)
    if not copies:
        return KizuError(
            f"{names}: changed after the stage had written it; dvc.lock names another content.",
            "`dvc checkout --force` gets it back, `kizu repro --force` makes it again",
        )
    files = " ".join(shlex.quote(str(path)) for path in [*copies, *damage])
    return KizuError(
        f"{names}: not what dvc.lock says, because DVC's cache holds a damaged copy. "
        "Every result that was made from it since then is in doubt.",
        f"delete the copy and the file, then make it again: rm -rf {files} && kizu repro",
    )


def _cache_folder(root: Path) -> Path:
    command = [sys.executable, "-m", "dvc", "cache", "dir"]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return Path(found.stdout.strip()) / "files" / "md5"


def _damaged_copies(cache: Path, md5: str) -> Iterator[Path]:
    """Yield the cache's files that are not what their name says, of one output."""
    copy = cache / md5[:2] / md5[2:]
    if not copy.is_file():
        return
    if content_hash(copy) != md5.removesuffix(FOLDER):
        yield copy
    elif md5.endswith(FOLDER):
        for entry in json.loads(copy.read_text(encoding="utf-8")):
            yield from _damaged_copies(cache, entry["md5"])
