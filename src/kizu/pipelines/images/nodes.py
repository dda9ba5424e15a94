"""Nodes of the stage `images`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.images.parameters import ImagesParameters
from kizu.preprocessing.blocks import RowwiseArray
from kizu.preprocessing.images import (
    CHANNEL_COUNTS,
    ImageDecodingError,
    count_values,
    prepare_image,
    summarize_values,
)
from kizu.preprocessing.splits import check_disjoint, content_hashes, stratified_split


def decode_images(
    files: Mapping[str, bytes | Path], manifest: Any, parameters: ImagesParameters
) -> RowwiseArray:
    """Return the images of the manifest, in its order, decoded as they are saved.

    The array is uint8 (N, C, H, W).
    """
    paths = manifest["path"].tolist()

    def decode(row: int) -> np.ndarray:
        try:
            return prepare_image(
                files[paths[row]],
                channels=parameters.channels,
                size=parameters.size,
                interpolation=parameters.interpolation,
            )
        except (KeyError, ImageDecodingError) as error:
            raise ImageDecodingError(
                f"{paths[row]} is in the manifest, but the raw file is missing or {error}. "
                "Run the stage ingest_images again."
            ) from error

    channels = CHANNEL_COUNTS[parameters.channels]
    shape = (len(paths), channels, parameters.size, parameters.size)
    return RowwiseArray(shape, np.dtype(np.uint8), decode)


def split_images(images: np.ndarray, manifest: Any, parameters: ImagesParameters) -> Any:
    """Return the index of the images, one row each: id, source, label, class_name, split.

    Images of equal pixels share a split. Classes are numbered in the order of their names.

    Raises:
        SplitError: a split would stay empty, or leaks into another.
    """
    import pandas as pd

    contents = content_hashes(np.asarray(images))
    names = manifest["label"].tolist()
    splits = stratified_split(names, contents, parameters.split.model_dump(), parameters.seed)
    check_disjoint(manifest["id"].tolist(), contents, splits.tolist())
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    return pd.DataFrame(
        {
            "id": manifest["id"],
            "source": manifest["path"],
            "label": np.array([numbers[name] for name in names], dtype=np.int64),
            "class_name": names,
            "split": splits.tolist(),
        }
    )


def describe_images(images: np.ndarray, index: Any) -> tuple[dict[str, float], Any, Any]:
    """Return metrics, the gallery of examples a class, and the histogram of pixel values."""
    from kizu.reporting.image_figures import image_gallery, pixel_histogram

    images = np.asarray(images)
    counts = count_values(images)
    metrics = {"count": len(images), **summarize_values(counts)}
    for split, count in index["split"].value_counts().items():
        metrics[f"{split}.count"] = int(count)
    for name, count in index["class_name"].value_counts().items():
        metrics[f"class.{name}.count"] = int(count)
    gallery = image_gallery(images, index["class_name"].tolist())
    return metrics, gallery, pixel_histogram(counts)
