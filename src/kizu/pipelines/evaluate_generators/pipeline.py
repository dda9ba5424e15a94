"""The stage `evaluate_generators`: trained generator and classifier in, metrics and grids out."""

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.evaluate_generators.nodes import (
    compare_diffusion_samplers,
    draw_grids,
    measure_diffusion,
    measure_fidelity,
    measure_real_images,
    trace_fidelity,
)


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                measure_real_images,
                inputs=["images", "image_index", "classifier_model", "params:evaluate_generators"],
                outputs="real_images_measured",
                name="measure_real_images",
            ),
            Node(
                measure_fidelity,
                inputs=[
                    "real_images_measured",
                    "gan_model",
                    "classifier_model",
                    "params:evaluate_generators",
                ],
                outputs=["generator_metrics", "generator_nearest_grid"],
                name="measure_fidelity",
            ),
            Node(
                measure_diffusion,
                inputs=[
                    "real_images_measured",
                    "diffusion_model",
                    "classifier_model",
                    "params:diffusion",
                    "params:evaluate_generators",
                ],
                outputs=["diffusion_fidelity", "diffusion_nearest_grid"],
                name="measure_diffusion_fidelity",
            ),
            Node(
                compare_diffusion_samplers,
                inputs=[
                    "real_images_measured",
                    "diffusion_model",
                    "classifier_model",
                    "params:diffusion",
                    "params:evaluate_generators",
                ],
                outputs=[
                    "diffusion_samplers",
                    "diffusion_sampler_metrics",
                    "diffusion_quality_by_evaluations",
                ],
                name="compare_diffusion_samplers",
            ),
            Node(
                trace_fidelity,
                inputs=[
                    "real_images_measured",
                    "gan_model",
                    "gan_snapshots",
                    "classifier_model",
                    "params:evaluate_generators",
                ],
                outputs="generator_history",
                name="trace_fidelity",
            ),
            Node(
                draw_grids,
                inputs=["gan_model", "params:evaluate_generators"],
                outputs=["generator_sample_grid", "generator_interpolation_grid"],
                name="draw_grids",
            ),
        ],
        tags=["evaluate_generators"],
    )
