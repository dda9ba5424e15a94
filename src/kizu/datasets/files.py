"""Files and folders written whole or not at all, and file errors told as sentences."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kedro.io import DatasetError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a free name beside ``path``; what the block leaves there takes the place of ``path``.

    The block creates a file or a folder under the yielded name. A reader sees the old content or
    the new one, never half of it, and a block that raises leaves the old content as it was. An
    existing symbolic or hard link is replaced, never written through: it may lead into DVC's
    cache.

    Raises:
        DatasetError: the disk is full, permission is missing, or a folder stands where a file
            belongs (or the other way round).
    """
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(temporary)
        yield temporary
        _move(temporary, path)
    except OSError as error:
        raise DatasetError(_writing_failed(path, error)) from error
    finally:
        _remove(temporary)


@contextmanager
def reading(path: Path, form: str) -> Iterator[None]:
    """Turn what goes wrong while ``path`` is read as a ``form`` into a sentence with a way out.

    Raises:
        DatasetError: the file is missing, forbidden, or no readable ``form``.
    """
    try:
        yield
    except (DatasetError, MemoryError):
        raise
    except FileNotFoundError as error:
        raise DatasetError(
            f"{path} does not exist. Run the stage that writes it (`kizu repro`), or fetch it "
            "with `dvc pull` where a DVC remote is set."
        ) from error
    except PermissionError as error:
        raise DatasetError(
            f"No permission to read {path}. Give this user the right to read it, and run again."
        ) from error
    except Exception as error:  # every library has its own errors for a broken file
        raise DatasetError(
            f"{path} is no readable {form}: {error}. It may be cut short or changed by hand. "
            "Delete it and run the stage that writes it again."
        ) from error


def _move(temporary: Path, path: Path) -> None:
    if not temporary.is_dir():
        temporary.replace(path)
        return
    # A folder cannot be replaced in one call: step the old one aside first.
    if path.is_symlink():
        path.unlink()
    if not path.exists():
        temporary.rename(path)
        return
    aside = temporary.with_suffix(".old")
    _remove(aside)
    path.rename(aside)
    try:
        temporary.rename(path)
    except OSError:
        aside.rename(path)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _writing_failed(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return (
            f"No space left to write {path}. Free some space (`dvc gc` can drop cached data of "
            "old versions), and run again."
        )
    if error.errno in _FORBIDDEN:
        return (
            f"No permission to write {path}. Give this user the right to write to "
            f"{path.parent}, and run again."
        )
    if error.errno in {errno.EISDIR, errno.ENOTDIR, errno.EEXIST}:
        return (
            f"{path} cannot be written: a folder stands where a file belongs, or a file where a "
            "folder belongs. Move it away, and run again."
        )
    return f"{path} could not be written: {error}."
