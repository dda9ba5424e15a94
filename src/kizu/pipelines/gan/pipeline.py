"""The stage `gan`: images in; a generator, a discriminator, their history and samples out."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.gan.nodes import draw_gan_curves, draw_samples, train_gan


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                train_gan,
                inputs=["images", "image_index", "params:gan", "checkpoints"],
                outputs=["gan_model", "gan_history", "gan_progress", "gan_snapshots"],
                name="train_gan",
            ),
            Node(
                draw_samples,
                inputs=["gan_model", "params:gan"],
                outputs="gan_samples",
                name="draw_samples",
            ),
            Node(
                draw_gan_curves,
                inputs="gan_history",
                outputs="gan_curves",
                name="draw_gan_curves",
            ),
        ],
        tags=["gan"],
    )
