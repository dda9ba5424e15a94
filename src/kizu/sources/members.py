"""The members of zip and tar archives, one after the other, within limits."""

import errno
import gzip
import io
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from kizu.sources.files import RejectedFileError

_Stream = io.BufferedReader | gzip.GzipFile

_PIECE_BYTES = 2**18
_MOST_HEADER_BYTES = 2**20  # tarfile reads a header that announces its size at once
_MOST_LINK_BYTES = 4096
_ENCRYPTED = 0x1
_SPECIAL = "is no regular file (a pipe, a socket or a device)"

# What the standard library raises for damage; ValueError for a text that is no UTF-8, say.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
)


class ArchiveRefusedError(RejectedFileError):
    """An archive as a whole cannot be used; what came out of it so far is not to be used."""


@dataclass(frozen=True)
class ArchiveLimits:
    """How much may come out of an archive before it is taken for a bomb.

    Attributes:
        members: most files, folders and links.
        total_bytes: most bytes, unpacked.
        ratio: most unpacked bytes for each byte of the archive. Blank images and logs reach 100;
            a bomb made by deflate reaches 1,032.
        harmless_bytes: unpacked bytes below which the ratio does not matter.
    """

    members: int = 2_000_000
    total_bytes: int = 64 * 2**30
    ratio: int = 250
    harmless_bytes: int = 100 * 2**20


@dataclass(frozen=True)
class Member:
    """A file or a link in an archive.

    Attributes:
        name: as it is written in the archive.
        copy_to: writes the content to a file, or raises :class:`RejectedFileError`.
        link: what a link leads to, or None.
        hard: whether that is a name in the archive, not a path from the link's own folder.
    """

    name: str
    copy_to: Callable[[BinaryIO], None]
    link: str | None = None
    hard: bool = False


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits) -> Iterator[Iterator[Member]]:
    """Open a zip, tar or tar.gz archive for one walk over its members, in their order.

    Folders are no members. A member's content is read before the next member is asked for.

    Raises:
        ArchiveRefusedError: it is no such archive, is cut short or damaged, or unpacks to more than
            allowed; also while it is walked over.
    """
    with path.open("rb") as file:
        start = file.read(4)
    budget = _Budget(limits, path.stat().st_size)
    try:
        if start[:2] == b"PK":
            with zipfile.ZipFile(path) as archive:
                yield _zip_members(archive, budget)
        elif start[:2] == b"\x1f\x8b":
            with gzip.open(path) as stream:
                yield _tar_members(stream, budget)
        else:
            with path.open("rb") as stream:
                yield _tar_members(stream, budget)
    except RejectedFileError:
        raise
    except (*_DAMAGE, OSError) as error:
        if _is_of_the_disk(error):
            raise
        raise ArchiveRefusedError(
            f"is no zip, tar or tar.gz archive, or is cut short or damaged ({error})"
        ) from error


def _is_of_the_disk(error: Exception) -> bool:
    # A damaged archive makes zipfile seek to a place before its start: "invalid argument".
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


class _Budget:
    """Counts what came out of an archive."""

    def __init__(self, limits: ArchiveLimits, archive_bytes: int) -> None:
        self._limits = limits
        by_ratio = max(limits.harmless_bytes, limits.ratio * archive_bytes)
        self._bytes_left = min(limits.total_bytes, by_ratio)
        self._reason = (
            f"unpacks to more than {limits.total_bytes} bytes"
            if limits.total_bytes <= by_ratio
            else f"unpacks to more than {limits.ratio} times its size"
        )
        self._members_left = limits.members

    def take_member(self) -> None:
        self._members_left -= 1
        if self._members_left < 0:
            raise ArchiveRefusedError(f"holds more than {self._limits.members} members")

    def take_bytes(self, count: int) -> None:
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise ArchiveRefusedError(f"{self._reason}; that may be a bomb")


def _zip_members(archive: zipfile.ZipFile, budget: _Budget) -> Iterator[Member]:
    for info in archive.infolist():
        budget.take_member()
        if info.filename.endswith("/"):  # a folder
            continue
        # The announced size is the most that zipfile reads of a member.
        budget.take_bytes(info.file_size)
        yield _zip_member(archive, info)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    copy_to = partial(_copy_zipped, archive, info)
    if kind == stat.S_IFLNK:
        if info.file_size > _MOST_LINK_BYTES:
            return Member(info.filename, _refusal("is a link with a target that is no path"))
        target = io.BytesIO()
        try:
            copy_to(target)
        except RejectedFileError as error:
            return Member(info.filename, _refusal(str(error)))
        return Member(info.filename, copy_to, target.getvalue().decode("utf-8", "surrogateescape"))
    if kind not in (0, stat.S_IFREG):
        return Member(info.filename, _refusal(_SPECIAL))
    return Member(info.filename, copy_to)


def _copy_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: BinaryIO) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise RejectedFileError("is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The other methods may ask for gigabytes of memory.
        raise RejectedFileError("is compressed by another method than deflate")
    try:
        with archive.open(info) as content:
            shutil.copyfileobj(content, target, _PIECE_BYTES)
    except (*_DAMAGE, OSError) as error:
        if _is_of_the_disk(error):
            raise
        raise RejectedFileError(f"is cut short or damaged: {error}") from error


def _refusal(reason: str) -> Callable[[BinaryIO], None]:
    def refuse(_target: BinaryIO) -> None:
        raise RejectedFileError(reason)

    return refuse


def _tar_members(stream: _Stream, budget: _Budget) -> Iterator[Member]:
    bounded = _BoundedStream(stream, budget)
    with tarfile.open(fileobj=bounded, mode="r:") as archive:  # type: ignore[call-overload]
        for info in archive:
            archive.members = []  # tarfile would keep them all
            budget.take_member()
            if info.isdir():
                continue
            if info.issym() or info.islnk():
                yield Member(info.name, _refusal("is a link"), info.linkname, info.islnk())
            elif not info.isreg():
                yield Member(info.name, _refusal(_SPECIAL))
            else:
                if info.issparse():  # its holes are in no stream
                    budget.take_bytes(info.size)
                yield Member(info.name, partial(_copy_tarred, archive, info))
        _check_end(bounded, archive.offset)


def _copy_tarred(archive: tarfile.TarFile, info: tarfile.TarInfo, target: BinaryIO) -> None:
    content = archive.extractfile(info)
    assert content is not None  # a regular file
    shutil.copyfileobj(content, target, _PIECE_BYTES)


def _check_end(stream: "_BoundedStream", offset: int) -> None:
    """Refuse an archive without its end mark: tarfile stops without a word at a damaged header."""
    stream.seek(offset)
    mark = stream.read(tarfile.BLOCKSIZE)
    if mark != bytes(tarfile.BLOCKSIZE):
        raise ArchiveRefusedError("is cut short or damaged: what follows its last file is no end")
    while stream.read(_PIECE_BYTES):  # a gzip file's checksum is at its end
        pass


class _BoundedStream:
    """A file for tarfile that takes what is read, or skipped, from a budget."""

    def __init__(self, stream: _Stream, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._furthest = 0

    def read(self, count: int) -> bytes:
        if count > _MOST_HEADER_BYTES:
            raise ArchiveRefusedError(f"has a header of {count} bytes")
        data = self._stream.read(count)
        self._advance(self._stream.tell())
        return data

    def seek(self, position: int) -> int:
        self._advance(position)
        return self._stream.seek(position)

    def tell(self) -> int:
        return self._stream.tell()

    def _advance(self, position: int) -> None:
        if position > self._furthest:
            self._budget.take_bytes(position - self._furthest)
            self._furthest = position
