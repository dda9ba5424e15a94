"""The stage `detect_images`: detectors fitted to normal images, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from .nodes import (
    compare_image_detectors,
    describe_image_scorer,
    explain_images,
    fit_image_detectors,
    measure_image_detection,
    score_images,
)


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    fitted = ["image_detectors", "image_estimators"]
    data = ["images", "image_index"]
    return Pipeline(
        [
            Node(
                fit_image_detectors,
                inputs=[*data, "params:detect_images", "checkpoints"],
                outputs=[*fitted, "detect_images_history"],
                name="fit_image_detectors",
            ),
            Node(
                score_images,
                inputs=[*data, *fitted, "params:detect_images"],
                outputs="image_anomaly_scores",
                name="score_images",
            ),
            Node(
                compare_image_detectors,
                inputs=[*data, "params:detect_images", "checkpoints"],
                outputs="image_detector_variants",
                name="compare_image_detectors",
            ),
            Node(
                measure_image_detection,
                inputs=["image_anomaly_scores", "image_detector_variants", "params:detect_images"],
                outputs=[
                    "image_detection_metrics",
                    "image_detection_roc",
                    "image_detection_scores",
                ],
                name="measure_image_detection",
            ),
            Node(
                explain_images,
                inputs=[*data, "image_anomaly_scores", *fitted, "params:detect_images"],
                outputs=["image_examples", "image_explanations", "image_reconstructions"],
                name="explain_images",
            ),
            Node(
                describe_image_scorer,
                inputs=[
                    "images",
                    "params:ingest_images.checks",
                    "params:images.channels",
                    "params:images.steps",
                    "params:detect_images",
                ],
                outputs="image_scorer",
                name="describe_image_scorer",
            ),
        ],
        tags=["detect_images"],
    )
