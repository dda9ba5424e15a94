"""The stage `report`: everything that the other stages found, in one HTML file."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.report.data import (
    describe_audio,
    describe_images,
    describe_tables,
    describe_text,
    show_galleries,
)
from kizu.pipelines.report.nodes import (
    TRACED_DATA,
    TRACED_STAGES,
    compare_detectors,
    compare_fidelity,
    describe_training,
    digest_data,
    render_report,
    show_examples,
    show_samples,
    summarize,
    trace_origin,
)

_GALLERIES = ("report_images", "report_sounds", "report_tables", "report_texts")

# The page's chapters in reading order. They pass from node to node in memory.
_SECTIONS = (
    "report_summary",
    "report_image_data",
    "report_training",
    "report_samples",
    "report_fidelity",
    "report_detectors",
    "report_calibration",
    "report_scores",
    "report_examples",
    "report_audio_data",
    "report_table_data",
    "report_text_data",
    *_GALLERIES,
    "report_origin",
)


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                summarize,
                inputs=[
                    "image_detection_metrics",
                    "classifier_metrics",
                    "generator_metrics",
                    "diffusion_fidelity",
                    "params:report",
                ],
                outputs="report_summary",
                name="summarize",
            ),
            Node(
                describe_images,
                inputs=[
                    "images",
                    "image_index",
                    "image_origin",
                    "image_rejects",
                    "image_gallery",
                    "image_histogram",
                ],
                outputs="report_image_data",
                name="describe_images",
            ),
            Node(
                describe_training,
                inputs=[
                    "classifier_history",
                    "classifier_confusion",
                    "gan_history",
                    "diffusion_history",
                    "detect_images_history",
                ],
                outputs="report_training",
                name="describe_training",
            ),
            Node(
                show_samples,
                inputs=[
                    "generator_sample_grid",
                    "generator_nearest_grid",
                    "generator_interpolation_grid",
                    "diffusion_samples",
                    "diffusion_nearest_grid",
                ],
                outputs="report_samples",
                name="show_samples",
            ),
            Node(
                compare_fidelity,
                inputs=["generator_metrics", "diffusion_fidelity", "generator_history"],
                outputs="report_fidelity",
                name="compare_fidelity",
            ),
            Node(
                compare_detectors,
                inputs=[
                    "image_detection_metrics",
                    "image_scores",
                    "params:report",
                ],
                outputs=["report_detectors", "report_calibration", "report_scores"],
                name="compare_detectors",
            ),
            Node(
                show_examples,
                inputs=[
                    "image_examples",
                    "image_detection_metrics",
                    "images",
                    "image_index",
                    "image_scores",
                    "image_reconstructions",
                    "image_explanations",
                ],
                outputs="report_examples",
                name="show_examples",
            ),
            Node(
                describe_audio,
                inputs=[
                    "audio_index",
                    "audio_metrics",
                    "audio_origin",
                    "audio_rejects",
                    "audio_overview",
                ],
                outputs="report_audio_data",
                name="describe_audio",
            ),
            Node(
                describe_tables,
                inputs=[
                    "table_index",
                    "table_columns",
                    "tables_metrics",
                    "table_scores",
                    "table_origin",
                    "table_rejects",
                    "table_distributions",
                ],
                outputs="report_table_data",
                name="describe_tables",
            ),
            Node(
                describe_text,
                inputs=[
                    "text_index",
                    "text_metrics",
                    "text_tokenizer",
                    "text_origin",
                    "text_rejects",
                    "text_lengths",
                    "text_frequencies",
                ],
                outputs="report_text_data",
                name="describe_text",
            ),
            Node(
                show_galleries,
                inputs=[
                    "image_operations",
                    "audio_operations",
                    "table_operations",
                    "text_operations",
                ],
                outputs=list(_GALLERIES),
                name="show_galleries",
            ),
            Node(
                digest_data,
                inputs=list(TRACED_DATA),
                outputs="report_digests",
                name="digest_data",
            ),
            Node(
                trace_origin,
                inputs=["report_digests", *(f"params:{stage}" for stage in TRACED_STAGES)],
                outputs="report_origin",
                name="trace_origin",
            ),
            Node(
                render_report,
                inputs=[
                    "image_index",
                    "audio_index",
                    "table_index",
                    "text_index",
                    "params:report",
                    *_SECTIONS,
                ],
                outputs="report",
                name="render_report",
            ),
        ],
        tags=["report"],
    )
