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
from kizu.pipelines.report.detection import (
    DETECTED,
    compare_detectors,
    gather_detected,
    show_examples,
)
from kizu.pipelines.report.examples import PICKING
from kizu.pipelines.report.nodes import (
    TRACED_DATA,
    TRACED_STAGES,
    compare_fidelity,
    compare_samplers,
    describe_classifier,
    describe_training,
    digest_data,
    render_report,
    show_samples,
    summarize,
    trace_origin,
)

_GALLERIES = (
    "report_images",
    "report_sounds",
    "report_tables",
    "report_texts",
    "report_augmentations",
)

# The page's chapters in reading order. They pass from node to node in memory.
_SECTIONS = (
    "report_summary",
    "report_detectors",
    "report_calibration",
    "report_scores",
    "report_examples",
    "report_training",
    "report_classifier",
    "report_samples",
    "report_fidelity",
    "report_samplers",
    "report_image_data",
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
                    "report_detected",
                    "classifier_metrics",
                    "generator_metrics",
                    "diffusion_fidelity",
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
                name="describe_image_data",
            ),
            Node(
                describe_training,
                inputs=[
                    "classifier_history",
                    "gan_history",
                    "diffusion_history",
                    *(f"detect_{name}_history" for name in DETECTED),
                ],
                outputs="report_training",
                name="describe_training",
            ),
            Node(
                describe_classifier,
                inputs=[
                    "classifier_metrics",
                    "classifier_class_scores",
                    "classifier_confusion",
                    "classifier_reliability",
                    "classifier_mistakes",
                    "classifier_saliency",
                ],
                outputs="report_classifier",
                name="describe_classifier",
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
                compare_samplers,
                inputs=["diffusion_samplers", "diffusion_quality_by_evaluations"],
                outputs="report_samplers",
                name="compare_samplers",
            ),
            Node(
                gather_detected,
                inputs=[
                    "params:report",
                    *(
                        f"{prefix}_{result}"
                        for prefix in DETECTED.values()
                        for result in ("detection_metrics", "anomaly_scores")
                    ),
                ],
                outputs="report_detected",
                name="gather_detected",
            ),
            Node(
                compare_detectors,
                inputs="report_detected",
                outputs=["report_detectors", "report_calibration", "report_scores"],
                name="compare_detectors",
            ),
            *(PICKING[name] for name in DETECTED),
            Node(
                show_examples,
                inputs=[f"report_{prefix}_examples" for prefix in DETECTED.values()],
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
                name="describe_audio_data",
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
                name="describe_table_data",
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
                name="describe_text_data",
            ),
            Node(
                show_galleries,
                inputs=[
                    "image_operations",
                    "audio_operations",
                    "table_operations",
                    "text_operations",
                    "classifier_augmentations",
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
