"""From the files of a source to documents in the order of time, a manifest and rejects."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kizu.sources.files import MadeFile, Reject, RejectedFileError, SourceFile
from kizu.sources.manifest import identify, refuse_too_many
from kizu.sources.text import Document, TextChecks, TextLayout, read_documents


@dataclass(frozen=True)
class DocumentCollection:
    """What came out of a source of text.

    Attributes:
        documents: columns of equal length, a row a document, sorted by time and then by place:
            id, text, label, split, time (as the source states it), position (0, 1, … in order).
        manifest: a row for each usable file, sorted by path: id, path, sha256, size_bytes,
            encoding, documents (how many), label, split.
        rejects: files, lines and rows that are not used, sorted.
    """

    documents: dict[str, Any]
    manifest: list[dict[str, Any]]
    rejects: list[Reject]


def collect_documents(
    items: Iterable[SourceFile | MadeFile | Reject],
    layout: TextLayout,
    checks: TextChecks,
    max_reject_share: float,
) -> DocumentCollection:
    """Read every file of a source; what is no document is listed, and the rest goes on.

    Args:
        items: files, and what the source itself had to refuse.
        layout: what a document is.
        checks: what is accepted.
        max_reject_share: the largest share of documents, lines, rows and files that may be refused.

    Raises:
        EmptySourceError: the source holds nothing.
        RejectShareError: too much was refused; the message names the first ten with their reasons.
    """
    files: list[SourceFile] = []
    rejects: list[Reject] = []
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
        elif isinstance(item, MadeFile):
            files.append(SourceFile(item.id, item.path, item.label, item.make(), item.split))
        else:
            files.append(item)
    documents: list[Document] = []
    manifest = []
    for file in sorted(files, key=lambda file: file.path):
        try:
            facts, own, refused = _read(file, layout, checks)
        except RejectedFileError as error:
            rejects.append(Reject(file.path, str(error)))
            continue
        documents += own
        rejects += refused
        manifest.append(
            {"id": file.id, "path": file.path, **facts, "label": file.label, "split": file.split}
        )
    rejects.sort(key=lambda reject: (reject.file, reject.reason))
    refuse_too_many(rejects, len(documents) + len(rejects), max_reject_share, "documents")
    return DocumentCollection(_columns(documents), manifest, rejects)


def _read(
    file: SourceFile, layout: TextLayout, checks: TextChecks
) -> tuple[dict[str, Any], list[Document], list[Reject]]:
    """Return facts about a file, its documents and its rejects; all of them, or an error."""
    encoding, found = read_documents(file, layout, checks)
    documents: list[Document] = []
    rejects: list[Reject] = []
    for item in found:
        if isinstance(item, Reject):
            rejects.append(item)
        else:
            documents.append(item)
    if not documents and not rejects:
        raise RejectedFileError("holds no document")
    facts = {**identify(file.content), "encoding": encoding, "documents": len(documents)}
    return facts, documents, rejects


def _columns(documents: list[Document]) -> dict[str, Any]:
    # Documents of one time, or of none, keep the order of their files.
    order = np.argsort([document.seconds for document in documents], kind="stable")
    ordered = [documents[place] for place in order]
    return {
        "id": [document.id for document in ordered],
        "text": [document.text for document in ordered],
        "label": [document.label for document in ordered],
        "split": [document.split for document in ordered],
        "time": [document.time for document in ordered],
        "position": np.arange(len(ordered), dtype=np.int64),
    }
