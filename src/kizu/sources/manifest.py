"""From the files of a source to a manifest and a list of rejects."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kizu.sources.files import MadeFile, Reject, RejectedFileError, SourceFile


class RejectShareError(ValueError):
    """More files were refused than allowed."""


class EmptySourceError(ValueError):
    """A source holds no usable file."""


@dataclass(frozen=True)
class Collection:
    """What came out of a source.

    Attributes:
        contents: the usable files by their path in the raw folder, sorted: bytes, the file that
            holds them, or a function that makes them.
        manifest: a row for each usable file, in the same order: id, path, sha256, size_bytes,
            the facts that the inspection found, label, split (the source's own, or empty).
        rejects: the other files, sorted.
        masks: of usable files that have one, by the file's path in the raw folder.
    """

    contents: Mapping[str, bytes | Path | Callable[[], bytes]]
    manifest: list[dict[str, Any]]
    rejects: list[Reject]
    masks: Mapping[str, bytes | Path]


def collect(
    items: Iterable[SourceFile | MadeFile | Reject],
    inspect: Callable[[SourceFile], Mapping[str, Any]],
    max_reject_share: float,
) -> Collection:
    """Inspect every file of a source; one that fails is listed, and the rest goes on.

    Args:
        items: files, and what the source itself had to refuse.
        inspect: returns facts about a file, or raises :class:`RejectedFileError`.
        max_reject_share: the largest share of all items that may be refused, 0 to 1.

    Raises:
        EmptySourceError: no file is usable, and none was refused.
        RejectShareError: too many were refused; the message names the share, the limit and the
            first ten files with their reasons.
    """
    accepted: list[tuple[SourceFile | MadeFile, dict[str, Any]]] = []
    rejects: list[Reject] = []
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        try:
            file = _made(item) if isinstance(item, MadeFile) else item
            facts = inspect(file)
            accepted.append((item, {**identify(file.content), **facts}))
        except RejectedFileError as error:
            rejects.append(Reject(item.path, str(error)))
    accepted.sort(key=lambda pair: pair[0].path)
    rejects.sort(key=lambda reject: (reject.file, reject.reason))
    refuse_too_many(rejects, len(accepted) + len(rejects), max_reject_share)
    return Collection(
        contents={
            file.path: file.make if isinstance(file, MadeFile) else file.content
            for file, _ in accepted
        },
        manifest=[
            {"id": file.id, "path": file.path, **facts, "label": file.label, "split": file.split}
            for file, facts in accepted
        ],
        rejects=rejects,
        masks={
            file.path: file.mask
            for file, _ in accepted
            if isinstance(file, SourceFile) and file.mask is not None
        },
    )


def _made(file: MadeFile) -> SourceFile:
    return SourceFile(file.id, file.path, file.label, file.make(), file.split)


def identify(content: bytes | Path) -> dict[str, Any]:
    """Return ``sha256`` (hexadecimal) and ``size_bytes`` of a content, read in pieces.

    Raises:
        RejectedFileError: the file cannot be read to its end.
    """
    if isinstance(content, bytes):
        return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    try:
        with content.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return {"sha256": digest.hexdigest(), "size_bytes": file.tell()}
    except OSError as error:
        raise RejectedFileError(f"cannot be read to its end ({error.strerror})") from error


def refuse_too_many(
    rejects: list[Reject], total: int, max_reject_share: float, noun: str = "files"
) -> None:
    """Stop where too much of a source was refused, or all of it.

    Args:
        rejects: sorted.
        total: of all items, refused or not.
        max_reject_share: the largest share of all items that may be refused, 0 to 1.
        noun: what an item is, in the plural.

    Raises:
        EmptySourceError: there is no item.
        RejectShareError: too many were refused; the message names the share, the limit and the
            first ten with their reasons.
    """
    if total == 0:
        raise EmptySourceError(f"The source holds no {noun}.")
    if len(rejects) / total <= max_reject_share and len(rejects) < total:
        return
    shown = [f"  {reject.file}: {reject.reason}" for reject in rejects[:10]]
    if len(rejects) > len(shown):
        shown.append(f"  and {len(rejects) - len(shown)} more")
    raise RejectShareError(
        f"{len(rejects)} of {total} {noun} cannot be used ({len(rejects) / total:.1%}); "
        f"max_reject_share allows {max_reject_share:.1%}, and at least one must be usable. Mend or "
        "remove them, or raise max_reject_share:\n" + "\n".join(shown)
    )
