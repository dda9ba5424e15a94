"""The stage `classifier`: images in; a classifier, its history, metrics and figures out."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.classifier.nodes import (
    draw_classifier_curves,
    evaluate_classifier,
    explain_classifier,
    keep_preparation,
    show_augmentations,
    train_classifier,
)


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                train_classifier,
                inputs=["images", "image_index", "params:classifier", "checkpoints"],
                outputs=["trained_classifier", "classifier_history"],
                name="train_classifier",
            ),
            Node(
                keep_preparation,
                inputs=[
                    "trained_classifier",
                    "images",
                    "params:images.channels",
                    "params:images.steps",
                ],
                outputs="classifier_model",
                name="keep_preparation",
            ),
            Node(
                evaluate_classifier,
                inputs=["images", "image_index", "classifier_model", "params:classifier"],
                outputs=[
                    "classifier_metrics",
                    "classifier_class_scores",
                    "classifier_confusion",
                    "classifier_reliability",
                    "classifier_mistakes",
                ],
                name="evaluate_classifier",
            ),
            Node(
                explain_classifier,
                inputs=["images", "image_index", "classifier_model", "params:classifier"],
                outputs="classifier_saliency",
                name="explain_classifier",
            ),
            Node(
                show_augmentations,
                inputs=["images", "image_index", "params:classifier"],
                outputs="classifier_augmentations",
                name="show_augmentations",
            ),
            Node(
                draw_classifier_curves,
                inputs="classifier_history",
                outputs="classifier_curves",
                name="draw_classifier_curves",
            ),
        ],
        tags=["classifier"],
    )
