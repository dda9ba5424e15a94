"""The stage `ingest_audio`: a source's sounds, checked, with a manifest and rejects."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.ingest_audio.nodes import collect_audio


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                collect_audio,
                inputs=["source_audio", "params:ingest_audio"],
                outputs=[
                    "raw_audio",
                    "audio_manifest",
                    "audio_rejects",
                    "audio_origin",
                    "ingest_audio_metrics",
                ],
                name="collect_audio",
            )
        ],
        tags=["ingest_audio"],
    )
