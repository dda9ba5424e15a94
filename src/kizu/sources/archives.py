"""Archives as sources: their members, unpacked once, and what in them is refused."""

import hashlib
import json
import posixpath
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from kizu.sources.cache import cache_folder
from kizu.sources.files import Reject, RejectedFileError, SourceFile
from kizu.sources.members import ArchiveLimits, ArchiveRefusedError, Member, open_archive
from kizu.sources.names import escape_name, portable_name

_INDEX = "index.json"


def read_archive(path: Path, limits: ArchiveLimits | None = None) -> Iterator[SourceFile | Reject]:
    """Yield the files in a zip, tar or tar.gz archive, as :func:`read_folder` does a folder's.

    A file's path in the archive, made portable, is its path in the raw folder and its id; its
    label is the name of the folder that it lies in. Nothing is written under a name that comes
    from the archive: members are unpacked into numbered files of the cache, in a folder named
    after the archive's content, once. A link to another file of the archive stands for it.

    Refused are members whose name leads out of the archive or is absolute, links that lead out of
    it or nowhere, pipes and devices, encrypted members, a second member of the same name, and
    a damaged member; and an archive as a whole that is none, is cut short, or would unpack to more
    than ``limits`` allow.

    Args:
        path: the archive.
        limits: how much may come out of it; by default :class:`ArchiveLimits`.
    """
    try:
        unpacked = _unpack(path, limits or ArchiveLimits())
    except ArchiveRefusedError as error:
        yield Reject(escape_name(path.name), str(error))
        return
    yield from unpacked


def _unpack(path: Path, limits: ArchiveLimits) -> list[SourceFile | Reject]:
    from filelock import FileLock

    with path.open("rb") as file:
        identity = hashlib.file_digest(file, "sha256").hexdigest()
    folder = cache_folder() / "archives" / identity
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{identity}.lock")):
        if not folder.is_dir():
            _unpack_to(folder, path, limits)
    index = json.loads((folder / _INDEX).read_text("utf-8"))
    files = [
        SourceFile(name, name, _label(name, path), folder / stored)
        for name, stored in index["files"].items()
    ]
    return [*files, *(Reject(name, reason) for name, reason in index["rejects"])]


def _label(name: str, archive: Path) -> str:
    parts = name.split("/")
    return parts[-2] if len(parts) > 1 else portable_name(archive.name.partition(".")[0])


def _unpack_to(folder: Path, path: Path, limits: ArchiveLimits) -> None:
    """Unpack into ``folder``, which appears when it is complete."""
    unfinished = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was killed
    unfinished.mkdir()
    try:
        contents = _Contents()
        with open_archive(path, limits) as members:
            for number, member in enumerate(members):
                stored = f"{number:07d}"
                try:
                    name = _check_name(member.name)
                    contents.claim(name)
                    if member.link is not None:
                        contents.links[name] = _target(member)
                        continue
                    with (unfinished / stored).open("xb") as copy:
                        member.copy_to(copy)
                    contents.files[name] = stored
                except ArchiveRefusedError:
                    raise
                except RejectedFileError as error:
                    contents.refuse(member.name, str(error))
        contents.follow_links()
        index = {"files": contents.files, "rejects": contents.rejects}
        (unfinished / _INDEX).write_text(json.dumps(index), "utf-8")
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@dataclass
class _Contents:
    """What was found in an archive so far."""

    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    rejects: list[tuple[str, str]] = field(default_factory=list)
    _claimed: set[str] = field(default_factory=set)
    _folders: set[str] = field(default_factory=set)

    def refuse(self, name: str, reason: str) -> None:
        self.rejects.append((_shown(name), reason))

    def claim(self, name: str) -> None:
        """Take a name for a file.

        Raises:
            RejectedFileError: another member has it, or it is a file's and a folder's at once.
        """
        parents = {str(parent) for parent in PurePosixPath(name).parents}
        if name in self._claimed:
            raise RejectedFileError("is in the archive twice; the first one is used")
        if name in self._folders or parents & self._claimed:
            raise RejectedFileError("has the name of another file as a folder, or the other way")
        self._claimed.add(name)
        self._folders |= parents

    def follow_links(self) -> None:
        for name, link in self.links.items():
            seen = {name}
            target: str | None = link
            while target in self.links and target not in seen:
                seen.add(target)
                target = self.links[target]
            stored = self.files.get(target or "")
            if stored is None:
                self.rejects.append((name, "is a link that leads nowhere in the archive"))
            else:
                self.files[name] = stored


def _check_name(name: str) -> str:
    """Return a member's name as a relative path of portable names."""
    path, windows = PurePosixPath(name), PureWindowsPath(name)
    if ".." in path.parts or ".." in windows.parts:
        raise RejectedFileError("has a name that leads out of the archive ('..')")
    if path.is_absolute() or windows.anchor:
        raise RejectedFileError("has an absolute name; names relative to the archive are used")
    if not path.parts:
        raise RejectedFileError("has no name")
    return "/".join(portable_name(part) for part in path.parts)


def _target(member: Member) -> str:
    """Return the name that a link leads to."""
    link = member.link or ""
    start = "" if member.hard else posixpath.dirname(member.name)
    target = posixpath.normpath(posixpath.join(start, link))
    if link.startswith("/") or PureWindowsPath(link).anchor or target.split("/")[0] == "..":
        raise RejectedFileError("is a link that leads out of the archive")
    return "/".join(escape_name(part) for part in target.split("/"))


def _shown(name: str) -> str:
    return "/".join(escape_name(part) for part in name.split("/"))
