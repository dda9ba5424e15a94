"""The stage `detect_images`: detectors fitted to normal images, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from .nodes import explain_images, fit_detectors, measure_detection, score_images


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                fit_detectors,
                inputs=["images", "image_index", "params:detect_images", "checkpoints"],
                outputs=["image_detectors", "image_estimators", "detect_images_history"],
                name="fit_detectors",
            ),
            Node(
                score_images,
                inputs=[
                    "images",
                    "image_index",
                    "image_detectors",
                    "image_estimators",
                    "params:detect_images",
                ],
                outputs="image_scores",
                name="score_images",
            ),
            Node(
                measure_detection,
                inputs=["image_scores", "params:detect_images"],
                outputs=[
                    "image_detection_metrics",
                    "image_detection_roc",
                    "image_detection_scores",
                ],
                name="measure_detection",
            ),
            Node(
                explain_images,
                inputs=[
                    "images",
                    "image_index",
                    "image_scores",
                    "image_detectors",
                    "image_estimators",
                    "params:detect_images",
                ],
                outputs=["image_examples", "image_explanations", "image_reconstructions"],
                name="explain_images",
            ),
        ],
        tags=["detect_images"],
    )
