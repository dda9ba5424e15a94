"""Nodes of the stage `ingest_images`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from kizu.pipelines.ingest_images.parameters import IngestImagesParameters
from kizu.sources.cifar10 import open_cifar10
from kizu.sources.cifar100 import open_cifar100
from kizu.sources.digits import open_digits
from kizu.sources.flowers import open_flowers
from kizu.sources.folder import open_folder
from kizu.sources.hymenoptera import open_hymenoptera
from kizu.sources.images import inspect_image
from kizu.sources.manifest import collect
from kizu.sources.masked_folder import open_masked_folder
from kizu.sources.mnist import open_mnist
from kizu.sources.origin import Source
from kizu.sources.stl10 import open_stl10

_SOURCES: Mapping[str, Callable[[], Source]] = {
    "digits": open_digits,
    "mnist": open_mnist,
    "cifar10": open_cifar10,
    "cifar100": open_cifar100,
    "hymenoptera": open_hymenoptera,
    "stl10": open_stl10,
    "flowers": open_flowers,
}


def collect_images(
    source_folder: Path | None, parameters: IngestImagesParameters
) -> tuple[
    Mapping[str, bytes | Path | Callable[[], bytes]],
    Mapping[str, bytes | Path],
    Any,
    Any,
    dict[str, str],
    dict[str, float],
]:
    """Inspect the source's files, and keep those that are usable.

    Returns:
        The usable files, the masks of those that have one (by the path of the file), manifest,
        rejects, origin and metrics.

    Raises:
        DownloadError: a file of a named source cannot be had, or is not the one that is known.
        RejectShareError: more files are broken than the parameters allow.
    """
    import pandas as pd

    source = _open(source_folder, parameters)
    collection = collect(
        source.items, partial(inspect_image, checks=parameters.checks), parameters.max_reject_share
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
        "masks": len(collection.masks),
    }
    return (
        collection.contents,
        collection.masks,
        manifest,
        rejects,
        asdict(source.origin),
        metrics,
    )


def _open(source_folder: Path | None, parameters: IngestImagesParameters) -> Source:
    if parameters.source in _SOURCES:
        return _SOURCES[parameters.source]()
    if source_folder is None:
        raise ValueError(
            f"ingest_images.source is {parameters.source!r}, but the catalog entry "
            "'source_images' names no folder. Set its `filepath`."
        )
    if parameters.source == "masked_folder":
        return open_masked_folder(source_folder)
    return open_folder(source_folder)
