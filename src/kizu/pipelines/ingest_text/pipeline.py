"""The stage `ingest_text`: a source's documents, checked, with a manifest and rejects."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.ingest_text.nodes import collect_text


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                collect_text,
                inputs=["source_text", "params:ingest_text"],
                outputs=[
                    "raw_documents",
                    "text_manifest",
                    "text_rejects",
                    "text_origin",
                    "ingest_text_metrics",
                ],
                name="collect_text",
            )
        ],
        tags=["ingest_text"],
    )
