"""Nodes of the stage `ingest_images`."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from kizu.pipelines.ingest_images.parameters import IngestImagesParameters
from kizu.sources.digits import read_digits
from kizu.sources.files import Reject, SourceFile
from kizu.sources.folder import read_folder
from kizu.sources.images import inspect_image
from kizu.sources.manifest import collect


def collect_images(
    source_folder: Path | None, parameters: IngestImagesParameters
) -> tuple[Mapping[str, bytes | Path], Any, Any, dict[str, float]]:
    """Inspect the source's files; return the usable ones, manifest, rejects and metrics.

    Raises:
        RejectShareError: more files are broken than the parameters allow.
    """
    import pandas as pd

    collection = collect(
        _open(source_folder, parameters),
        partial(inspect_image, checks=parameters.checks),
        parameters.max_reject_share,
    )
    manifest = pd.DataFrame(collection.manifest)
    rejects = pd.DataFrame(collection.rejects, columns=["file", "reason"])
    total = len(manifest) + len(rejects)
    metrics = {
        "files": len(manifest),
        "bytes": int(manifest["size_bytes"].sum()),
        "classes": int(manifest["label"].nunique()),
        "rejects": len(rejects),
        "reject_share": len(rejects) / total,
    }
    return collection.contents, manifest, rejects, metrics


def _open(
    source_folder: Path | None, parameters: IngestImagesParameters
) -> Iterable[SourceFile | Reject]:
    if parameters.source == "digits":
        return read_digits()
    if source_folder is None:
        raise ValueError(
            "ingest_images.source is 'folder', but the catalog entry 'source_images' names no "
            "folder. Set its `filepath`."
        )
    return read_folder(source_folder)
