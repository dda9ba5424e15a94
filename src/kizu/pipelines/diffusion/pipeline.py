"""The stage `diffusion`: images in; a denoising network, its history, metrics and samples out."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.diffusion.nodes import (
    draw_diffusion_curves,
    draw_diffusion_samples,
    measure_diffusion,
    train_diffusion,
)


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                train_diffusion,
                inputs=["images", "image_index", "params:diffusion", "checkpoints"],
                outputs=["diffusion_model", "diffusion_history", "diffusion_progress"],
                name="train_diffusion",
            ),
            Node(
                measure_diffusion,
                inputs=["images", "image_index", "diffusion_model", "params:diffusion"],
                outputs=["diffusion_metrics", "diffusion_errors", "diffusion_error_by_timestep"],
                name="measure_diffusion",
            ),
            Node(
                draw_diffusion_samples,
                inputs=["diffusion_model", "params:diffusion"],
                outputs="diffusion_samples",
                name="draw_diffusion_samples",
            ),
            Node(
                draw_diffusion_curves,
                inputs="diffusion_history",
                outputs="diffusion_curves",
                name="draw_diffusion_curves",
            ),
        ],
        tags=["diffusion"],
    )
