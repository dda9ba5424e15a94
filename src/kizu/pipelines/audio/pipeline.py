"""The stage `audio`: clips of one form, their features, split, with an index and figures."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.audio.nodes import (
    describe_clips,
    extract_features,
    prepare_clips,
    show_operations,
    split_clips,
)


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                prepare_clips,
                inputs=["raw_audio", "audio_manifest", "params:audio"],
                outputs="audio_clips",
                name="prepare_clips",
            ),
            Node(
                extract_features,
                inputs=["audio_clips", "audio_manifest", "params:audio"],
                outputs="audio_features",
                name="extract_audio_features",
            ),
            Node(
                split_clips,
                inputs=["audio_features", "audio_manifest", "params:audio"],
                outputs="audio_index",
                name="split_clips",
            ),
            Node(
                describe_clips,
                inputs=["audio_features", "audio_index", "audio_clips"],
                outputs=["audio_metrics", "audio_overview"],
                name="describe_clips",
            ),
            Node(
                show_operations,
                inputs=["raw_audio", "audio_manifest", "params:audio"],
                outputs="audio_operations",
                name="show_audio_operations",
            ),
        ],
        tags=["audio"],
    )
