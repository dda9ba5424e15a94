"""The stage `report`: everything that the other stages found, in one HTML file."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.report.nodes import (
    compare_detectors,
    compare_fidelity,
    describe_data,
    describe_training,
    render_report,
    show_examples,
    show_samples,
    summarize,
    trace_origin,
)

# The page's chapters in reading order. They pass from node to node in memory.
_SECTIONS = (
    "report_summary",
    "report_data",
    "report_training",
    "report_samples",
    "report_fidelity",
    "report_detectors",
    "report_calibration",
    "report_scores",
    "report_examples",
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
                    "params:report",
                ],
                outputs="report_summary",
                name="summarize",
            ),
            Node(
                describe_data,
                inputs=[
                    "images",
                    "image_index",
                    "image_rejects",
                    "image_gallery",
                    "image_histogram",
                ],
                outputs="report_data",
                name="describe_data",
            ),
            Node(
                describe_training,
                inputs=[
                    "classifier_history",
                    "classifier_confusion",
                    "gan_history",
                    "detect_images_history",
                ],
                outputs="report_training",
                name="describe_training",
            ),
            Node(
                show_samples,
                inputs=["generator_sample_grid", "generator_interpolation_grid"],
                outputs="report_samples",
                name="show_samples",
            ),
            Node(
                compare_fidelity,
                inputs="generator_metrics",
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
                trace_origin,
                inputs=[
                    "image_manifest",
                    "images",
                    "image_index",
                    "image_scores",
                    "params:ingest_images",
                    "params:images",
                    "params:classifier",
                    "params:gan",
                    "params:evaluate_generators",
                    "params:detect_images",
                ],
                outputs="report_origin",
                name="trace_origin",
            ),
            Node(
                render_report,
                inputs=["image_index", "params:report", *_SECTIONS],
                outputs="report",
                name="render_report",
            ),
        ],
        tags=["report"],
    )
