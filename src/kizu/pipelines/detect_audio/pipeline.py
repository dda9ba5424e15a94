"""The stage `detect_audio`: detectors fitted to normal clips, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from .nodes import (
    compare_audio_detectors,
    describe_audio_scorer,
    explain_clips,
    fit_audio_detectors,
    measure_audio_detection,
    score_clips,
)


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    fitted = ["audio_detectors", "audio_estimators"]
    data = ["audio_features", "audio_index"]
    return Pipeline(
        [
            Node(
                fit_audio_detectors,
                inputs=[*data, "params:detect_audio", "checkpoints"],
                outputs=[*fitted, "detect_audio_history"],
                name="fit_audio_detectors",
            ),
            Node(
                score_clips,
                inputs=[*data, *fitted, "params:detect_audio"],
                outputs="audio_anomaly_scores",
                name="score_clips",
            ),
            Node(
                compare_audio_detectors,
                inputs=[*data, "params:detect_audio", "checkpoints"],
                outputs="audio_detector_variants",
                name="compare_audio_detectors",
            ),
            Node(
                measure_audio_detection,
                inputs=["audio_anomaly_scores", "audio_detector_variants", "params:detect_audio"],
                outputs=[
                    "audio_detection_metrics",
                    "audio_detection_roc",
                    "audio_detection_scores",
                ],
                name="measure_audio_detection",
            ),
            Node(
                explain_clips,
                inputs=[*data, "audio_anomaly_scores", *fitted, "params:detect_audio"],
                outputs=["audio_examples", "audio_explanations"],
                name="explain_clips",
            ),
            Node(
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
            ),
        ],
        tags=["detect_audio"],
    )
