"""The stage `detect_text`: detectors fitted to normal lines, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from .nodes import (
    compare_text_detectors,
    describe_text_scorer,
    explain_text,
    fit_text_detectors,
    measure_text_detection,
    score_text,
)


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    fitted = ["text_detectors", "text_estimators"]
    data = ["text_tokens", "text_index"]
    return Pipeline(
        [
            Node(
                fit_text_detectors,
                inputs=[*data, "params:detect_text", "checkpoints"],
                outputs=[*fitted, "detect_text_history"],
                name="fit_text_detectors",
            ),
            Node(
                score_text,
                inputs=[*data, *fitted, "params:detect_text"],
                outputs="text_anomaly_scores",
                name="score_text",
            ),
            Node(
                compare_text_detectors,
                inputs=[*data, "params:detect_text", "checkpoints"],
                outputs="text_detector_variants",
                name="compare_text_detectors",
            ),
            Node(
                measure_text_detection,
                inputs=["text_anomaly_scores", "text_detector_variants", "params:detect_text"],
                outputs=[
                    "text_detection_metrics",
                    "text_detection_roc",
                    "text_detection_scores",
                ],
                name="measure_text_detection",
            ),
            Node(
                explain_text,
                inputs=[*data, "text_anomaly_scores", *fitted, "params:detect_text"],
                outputs=["text_examples", "text_explanations"],
                name="explain_text",
            ),
            Node(
                describe_text_scorer,
                inputs=[
                    "text_tokenizer",
                    "text_vocabulary",
                    "params:ingest_text.source",
                    "params:ingest_text.folder",
                    "params:ingest_text.checks",
                    "params:text.steps",
                    "params:text.token_steps",
                    "params:text.max_length",
                    "params:detect_text",
                ],
                outputs="text_scorer",
                name="describe_text_scorer",
            ),
        ],
        tags=["detect_text"],
    )
