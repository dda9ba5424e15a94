"""The stage `detect_audio`: detectors fitted to normal clips, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.detecting_pipeline import detecting_pipeline

from .nodes import AUDIO, describe_audio_scorer


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    scorer = Node(
        describe_audio_scorer,
        inputs=[
            "audio_features",
            "audio_metrics",
            "params:ingest_audio.checks",
            "params:audio.steps",
            "params:audio.log_mel",
            "params:detect_audio",
        ],
        outputs="audio_scorer",
        name="describe_audio_scorer",
    )
    return detecting_pipeline("detect_audio", AUDIO, scorer)
