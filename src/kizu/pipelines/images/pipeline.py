"""The stage `images`: arrays of one size, split, with an index and figures."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.images.nodes import (
    describe_images,
    prepare_image_masks,
    prepare_images,
    show_operations,
    split_images,
)


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                prepare_images,
                inputs=["raw_images", "image_manifest", "params:images"],
                outputs="images",
                name="prepare_images",
            ),
            Node(
                prepare_image_masks,
                inputs=["raw_image_masks", "image_manifest", "images", "params:images"],
                outputs=["image_masks", "image_mask_index"],
                name="prepare_image_masks",
            ),
            Node(
                split_images,
                inputs=["images", "image_manifest", "params:images"],
                outputs="image_index",
                name="split_images",
            ),
            Node(
                describe_images,
                inputs=["images", "image_index"],
                outputs=["images_metrics", "image_gallery", "image_histogram"],
                name="describe_images",
            ),
            Node(
                show_operations,
                inputs=["raw_images", "image_manifest", "params:images"],
                outputs="image_operations",
                name="show_image_operations",
            ),
        ],
        tags=["images"],
    )
