"""Files from their official addresses, or from a mirror on this machine, with known hashes."""

import os
from dataclasses import dataclass
from pathlib import Path

from kizu.sources.cache import cache_folder
from kizu.sources.resume import ResumingDownloader, TransferError

MIRROR_VARIABLE = "KIZU_DATA_MIRROR"


class DownloadError(RuntimeError):
    """A file cannot be had, or is not the one that is known.

    Args:
        message: what happened: the address or path, what was expected and what was found.
        way_out: what the user can do.
    """

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message} To go on, {way_out}.")
        self.message = message
        self.way_out = way_out


class WrongContentError(DownloadError):
    """An address delivers another content than the known one; it was removed."""


@dataclass(frozen=True)
class MirrorCopy:
    """The file that a mirror holds in place of the official one.

    Attributes:
        name: path below the mirror's folder.
        hash: of its content, as in :class:`Download`.
        note: how it differs from the official data, in words for a report; empty where it holds
            the same data in another packing.
    """

    name: str
    hash: str
    note: str = ""


@dataclass(frozen=True)
class Download:
    """A file of a data set.

    Attributes:
        name: of the file, in the cache and in a mirror.
        url: the official address.
        hash: of the content: ``sha256:…``, or ``md5:…`` where the owner publishes no other.
        mirror: what the mirror holds, where that is not the official file.
    """

    name: str
    url: str
    hash: str
    mirror: MirrorCopy | None = None


@dataclass(frozen=True)
class Fetched:
    """A file on this machine whose hash was checked.

    Attributes:
        path: where it lies; not to be changed.
        mirrored: whether it is the :class:`MirrorCopy` and not the official file.
    """

    path: Path
    mirrored: bool = False


def fetch(download: Download) -> Fetched:
    """Return a file, from the mirror that ``KIZU_DATA_MIRROR`` names, or else from its address.

    A download is kept in :func:`kizu.sources.cache.cache_folder`. One that was interrupted goes on
    where it stopped, and processes that want the same file at once fetch it once.

    Raises:
        DownloadError: the address does not answer or the mirror lacks the file, or the content
            has another hash; a downloaded file of another content is removed.
    """
    mirror = os.environ.get(MIRROR_VARIABLE)
    return _from_mirror(download, Path(mirror)) if mirror else Fetched(_from_address(download))


def _from_mirror(download: Download, folder: Path) -> Fetched:
    # The official file, wherever it comes from, is better than a copy that differs.
    known = [(folder / download.name, download.hash, False)]
    if download.mirror is not None:
        known.append((folder / download.mirror.name, download.mirror.hash, True))
    problems = []
    for path, expected, mirrored in known:
        if not path.is_file():
            problems.append(f"the mirror has no file {path}")
        elif (found := _hash(path, expected)) != expected:
            problems.append(f"{path} has the hash {found}, and not {expected}")
        else:
            return Fetched(path, mirrored)
    raise DownloadError(
        f"{MIRROR_VARIABLE} is set, but {'; '.join(problems)}.",
        f"put the file there, or unset {MIRROR_VARIABLE} to download from the official address",
    )


def _hash(path: Path, like: str) -> str:
    """Return the hash of a file, by the same method as another hash."""
    import pooch

    algorithm = like.partition(":")[0]
    return f"{algorithm}:{pooch.file_hash(str(path), algorithm)}"


def _from_address(download: Download) -> Path:
    from filelock import FileLock

    folder = cache_folder() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    # Another version of a file has another hash, and so its own place.
    digest = download.hash.partition(":")[2]
    name = f"{digest[:16]}-{download.name.replace('/', '-')}"
    downloader = ResumingDownloader(folder / f"{name}.part")
    with FileLock(folder / f"{name}.lock"):
        try:
            return _retrieve(download, folder / name, downloader)
        except WrongContentError:
            if not downloader.resumed:
                raise
        # What had come earlier may be the damaged part: once more, from the start.
        return _retrieve(download, folder / name, downloader)


def _retrieve(download: Download, target: Path, downloader: ResumingDownloader) -> Path:
    import pooch

    try:
        # Pooch moves the file to its place if the hash fits, and removes it if not.
        pooch.retrieve(
            download.url, download.hash, target.name, target.parent, downloader=downloader
        )
    except TransferError as error:
        kept = f"; what has come is kept in {downloader.part}" if downloader.part.exists() else ""
        raise DownloadError(
            f"{download.url} could not be downloaded: {error}{kept}.",
            f"try again, or set {MIRROR_VARIABLE} to a folder that holds {download.name}",
        ) from error
    except ValueError as error:  # its message holds the expected and the found hash
        raise WrongContentError(
            f"{download.url} does not deliver the file that is known. {error}",
            "try again later; if it stays so, its owner has changed the file",
        ) from error
    return target
