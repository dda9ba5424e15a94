"""The stage `ingest_images`: a source's files, checked, with a manifest and rejects."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.ingest_images.nodes import collect_images


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                collect_images,
                inputs=["source_images", "params:ingest_images"],
                outputs=[
                    "raw_images",
                    "raw_image_masks",
                    "image_manifest",
                    "image_rejects",
                    "image_origin",
                    "ingest_images_metrics",
                ],
                name="collect_images",
            )
        ],
        tags=["ingest_images"],
    )
