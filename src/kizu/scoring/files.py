"""What there is to score at a path, and of which modality it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from kizu.scoring.card import MODALITIES, Modality
from kizu.scoring.errors import ScoringError
from kizu.sources.contents import read_start
from kizu.sources.files import Reject, RejectedFileError, SourceFile
from kizu.sources.folder import read_folder, visible_files
from kizu.sources.names import portable_name

_EXTENSIONS: Mapping[str, tuple[Modality, ...]] = {
    **dict.fromkeys(
        (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"), ("images",)
    ),
    **dict.fromkeys((".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav"), ("audio",)),
    ".parquet": ("tables",),
    ".csv": ("tables", "text"),
    ".tsv": ("tables", "text"),
    ".txt": ("text",),
    ".log": ("text",),
}


def find_files(path: Path) -> Iterator[SourceFile | Reject]:
    """Yield the file, or all files of the folder, as the stages that ingest do it.

    Raises:
        ScoringError: there is nothing at the path, or nothing in the folder.
    """
    if _is_folder(path):
        some = False
        for item in read_folder(path):
            some = True
            yield item
        if not some:
            raise ScoringError(f"the folder {path} is empty.", "name one that holds files")
        return
    _require_file(path)
    name = portable_name(path.name)
    yield SourceFile(name, name, "", path)


def require_files(path: Path, modality: Modality | None = None) -> None:
    """Refuse a path without anything to score, before a model is loaded for it.

    Args:
        path: of a file or folder.
        modality: that one file at least may be of: its extension is one of the modality, or is
            not known; None: of any.

    Raises:
        ScoringError: as `find_files`; or all extensions are of other modalities.
    """
    next(find_files(path))
    if modality is None:
        return
    if all(modality not in _EXTENSIONS.get(f.suffix.lower(), (modality,)) for f in _paths(path)):
        raise ScoringError(
            f"nothing at {path} has an extension of {modality}.",
            f"known are {', '.join(name for name, of in _EXTENSIONS.items() if modality in of)}",
        )


def may_hold(path: Path, modality: Modality) -> bool:
    """Return whether a file at the path has an extension of the modality."""
    return any(modality in _EXTENSIONS.get(file.suffix.lower(), ()) for file in _paths(path))


def count_files(path: Path) -> int:
    """Return how many files `find_files` yields, rejected ones included."""
    return sum(1 for _ in visible_files(path)) if path.is_dir() else 1


Columns = Mapping[Modality, frozenset[str]]
"""The columns that the models of tables and of text need, those that there are."""


def guess_modality(path: Path, columns: Callable[[], Columns]) -> Modality:
    """Tell what is at a path by the names of its files, and tables by their header.

    Args:
        path: a file or a folder.
        columns: called where a header has to tell.

    Raises:
        ScoringError: it is nothing that is known, or may be several things.
    """
    needed = cache(columns)
    found = {frozenset(_possible(file, needed)) for file in _paths(path)} - {frozenset()}
    if not found:
        raise ScoringError(
            f"nothing at {path} has an extension that is known.",
            f"known are {', '.join(_EXTENSIONS)}",
        )
    common = frozenset.intersection(*found)
    if len(common) == 1:
        return next(iter(common))
    seen = [modality for modality in MODALITIES if any(modality in each for each in found)]
    raise ScoringError(
        f"{path} may hold {' or '.join(seen)}.", f"say which with --modality: {', '.join(seen)}"
    )


def _possible(file: Path, columns: Callable[[], Columns]) -> Iterable[Modality]:
    candidates = _EXTENSIONS.get(file.suffix.lower(), ())
    if len(candidates) < 2:
        return candidates
    header = _header(file)
    needed = columns()
    fitting = [name for name in candidates if name in needed and needed[name] <= header]
    return fitting or candidates


def _header(file: Path) -> frozenset[str]:
    """Return the words of a file's first line, whatever parts them."""
    try:
        start = read_start(file)
    except RejectedFileError:
        return frozenset()
    line = start.decode("utf-8-sig", errors="replace").lstrip().partition("\n")[0]
    for separator in ";\t|":
        line = line.replace(separator, ",")
    return frozenset(name.strip().strip('"') for name in line.split(","))


def _paths(path: Path) -> Iterator[Path]:
    if not _is_folder(path):
        _require_file(path)
        yield path
        return
    yield from visible_files(path)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except PermissionError as error:
        raise ScoringError(
            f"{path} may not be looked at (no permission).",
            "name another, or change the permissions of the folders above it",
        ) from error


def _require_file(path: Path) -> None:
    if not path.exists():
        raise ScoringError(f"there is no file and no folder {path}.", "check the name")
    if not path.is_file():
        raise ScoringError(
            f"{path} is neither a file nor a folder.", "name a file, or a folder of files"
        )
