"""Nodes of the stage `images`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.images.parameters import ImagesParameters
from kizu.preprocessing.blocks import RowwiseArray
from kizu.preprocessing.image_masks import prepare_masks
from kizu.preprocessing.image_values import count_values, summarize_values
from kizu.preprocessing.images import ImageDecodingError
from kizu.preprocessing.index import item_index
from kizu.preprocessing.prepared_images import PreparedImages
from kizu.preprocessing.splits import check_disjoint, content_hashes

# From here on, processes save more time than they need to start.
_MANY_IMAGES = 5000


def prepare_images(
    files: Mapping[str, bytes | Path], manifest: Any, parameters: ImagesParameters
) -> RowwiseArray:
    """Return the images of the manifest, in its order, decoded and prepared as they are saved.

    Returns:
        uint8 (N, C, H, W); the first image after the steps decides on the shape.

    Raises:
        ImageDecodingError: the manifest is empty, or a raw file is missing or damaged.
        ImageStepsError: a step cannot be applied to an image, or images end in several shapes.
    """
    paths = manifest["path"].tolist()
    if not paths:
        raise ImageDecodingError(
            "The manifest lists no image. Run the stage ingest_images on a source that has some."
        )

    prepared = PreparedImages(files, paths, parameters.channels, parameters.steps)
    shape = prepared.prepare(0).shape
    return RowwiseArray(
        (len(paths), *shape),
        np.dtype(np.uint8),
        replace(prepared, shape=shape),
        processes=len(paths) >= _MANY_IMAGES,
    )


def prepare_image_masks(
    mask_files: Mapping[str, bytes | Path],
    manifest: Any,
    images: np.ndarray,
    parameters: ImagesParameters,
) -> tuple[np.ndarray, Any]:
    """Return the masks of the images that have one, prepared as these are, and whose they are.

    Returns:
        bool (M, H, W), True where an image is anomalous; and a data frame of M rows with ``id``.

    Raises:
        ImageStepsError: a step cannot be applied to masks.
    """
    masked = manifest[manifest["path"].isin(mask_files)]
    masks = prepare_masks(mask_files, masked["path"].tolist(), parameters.steps, images.shape[2:])
    return masks, masked[["id"]].reset_index(drop=True)


def split_images(images: np.ndarray, manifest: Any, parameters: ImagesParameters) -> Any:
    """Return the index of the images, one row each: id, source, label, class_name, split.

    Images of equal pixels share a split. Classes are numbered in the order of their names.

    Raises:
        SplitError: a split would stay empty, or leaks into another.
    """
    contents = content_hashes(images)
    names = manifest["label"].tolist()
    splits = parameters.split.assign(names, contents, manifest["split"].tolist(), parameters.seed)
    check_disjoint(manifest["id"].tolist(), contents, splits.tolist())
    return item_index(manifest["id"].tolist(), manifest["path"].tolist(), names, splits.tolist())


def show_operations(
    files: Mapping[str, bytes | Path], manifest: Any, parameters: ImagesParameters
) -> dict[str, bytes]:
    """Return the files of the gallery: what every operation does to a sample."""
    from kizu.pipelines.images.gallery import gallery_sample, operation_exhibits
    from kizu.reporting.gallery import gallery_files

    first = files[manifest["path"].iloc[0]]
    return gallery_files(operation_exhibits(gallery_sample(parameters.gallery_sample, first)))


def describe_images(images: np.ndarray, index: Any) -> tuple[dict[str, float], Any, Any]:
    """Return metrics, the gallery of examples a class, and the histogram of pixel values."""
    from kizu.reporting.image_figures import image_gallery, pixel_histogram

    counts = count_values(images)
    metrics = {"count": len(images), **summarize_values(counts)}
    for split, count in index["split"].value_counts().items():
        metrics[f"{split}.count"] = int(count)
    for name, count in index["class_name"].value_counts().items():
        metrics[f"class.{name}.count"] = int(count)
    gallery = image_gallery(images, index["class_name"].tolist())
    return metrics, gallery, pixel_histogram(counts)
