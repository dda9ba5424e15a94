"""The stage `detect_images`: detectors fitted to normal images, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.detecting_pipeline import detecting_pipeline

from .localization import locate_defects
from .nodes import IMAGES, describe_image_scorer, explain_images


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    scorer = Node(
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
    )
    localization = Node(
        locate_defects,
        inputs=[
            "images",
            "image_index",
            "image_masks",
            "image_mask_index",
            "image_detectors",
            "image_estimators",
            "params:detect_images",
        ],
        outputs="image_localization",
        name="locate_defects",
    )
    return detecting_pipeline(
        "detect_images",
        IMAGES,
        scorer,
        localization,
        explain=explain_images,
        shown=["image_reconstructions"],
        measured=["image_localization"],
    )
