"""Nodes of the stage `report`: a section each, and the page that holds them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kizu.pipelines.report.parameters import ReportParameters


def summarize(
    image_detection_metrics: Mapping[str, float],
    classifier_metrics: Mapping[str, float],
    generator_metrics: Mapping[str, float],
    parameters: ReportParameters,
) -> Any:
    """Return the section of key figures."""
    from kizu.reporting.sections.summary import summary_section

    return summary_section(
        detection=image_detection_metrics,
        baselines=parameters.baselines,
        classifier=classifier_metrics,
        generator=generator_metrics,
    )


def describe_data(
    images: np.ndarray,
    image_index: Any,
    image_rejects: Any,
    image_gallery: bytes,
    image_histogram: bytes,
) -> Any:
    """Return the section on the images."""
    from kizu.reporting.sections.data import image_data_section

    return image_data_section(
        image_index,
        shape=images.shape,
        rejects=image_rejects,
        gallery=image_gallery,
        histogram=image_histogram,
    )


def describe_training(
    classifier_history: list[dict[str, float]],
    classifier_confusion: bytes,
    gan_history: list[dict[str, float]],
    detect_images_history: list[dict[str, float]],
) -> Any:
    """Return the section of training curves."""
    from kizu.reporting.sections.training import training_section

    return training_section(
        {
            "Classifier": classifier_history,
            "Generator": gan_history,
            "Detectors": detect_images_history,
        },
        confusion=classifier_confusion,
    )


def show_samples(generator_sample_grid: bytes, generator_interpolation_grid: bytes) -> Any:
    """Return the section of generated images."""
    from kizu.reporting.sections.generators import samples_section

    return samples_section(generator_sample_grid, generator_interpolation_grid)


def compare_fidelity(generator_metrics: Mapping[str, float]) -> Any:
    """Return the section that compares generated with real images."""
    from kizu.reporting.sections.generators import fidelity_section

    return fidelity_section(generator_metrics)


def compare_detectors(
    image_detection_metrics: Mapping[str, float],
    image_scores: Any,
    parameters: ReportParameters,
) -> tuple[Any, Any, Any]:
    """Return the sections on detectors, their calibration and their scores."""
    from kizu.reporting.sections.detection import (
        calibration_section,
        detectors_section,
        scores_section,
    )

    return (
        detectors_section(
            image_detection_metrics,
            image_scores,
            baselines=parameters.baselines,
        ),
        calibration_section(image_detection_metrics, image_scores),
        scores_section(image_detection_metrics, image_scores),
    )


def show_examples(
    image_examples: Any,
    image_detection_metrics: Mapping[str, float],
    images: np.ndarray,
    image_index: Any,
    image_scores: Any,
    image_reconstructions: np.ndarray,
    image_explanations: np.ndarray,
) -> Any:
    """Return the section of test images with their reconstructions and residual maps."""
    from kizu.reporting.sections.examples import examples_section

    return examples_section(
        image_examples,
        metrics=image_detection_metrics,
        images=images,
        index=image_index,
        scores=image_scores,
        reconstructions=image_reconstructions,
        residuals=image_explanations,
    )


def trace_origin(
    image_manifest: Any,
    images: np.ndarray,
    image_index: Any,
    image_scores: Any,
    ingest_images: dict[str, Any],
    images_parameters: dict[str, Any],
    classifier: dict[str, Any],
    gan: dict[str, Any],
    evaluate_generators: dict[str, Any],
    detect_images: dict[str, Any],
) -> Any:
    """Return the section of data digests and parameters.

    Parameters of other stages come as they stand: their types belong to those stages.
    """
    from kizu.reporting.sections.provenance import provenance_section

    return provenance_section(
        manifest=image_manifest,
        arrays={"images": images},
        tables={"image_index": image_index, "image_scores": image_scores},
        parameters={
            "ingest_images": ingest_images,
            "images": images_parameters,
            "classifier": classifier,
            "gan": gan,
            "evaluate_generators": evaluate_generators,
            "detect_images": detect_images,
        },
    )


def render_report(image_index: Any, parameters: ReportParameters, *sections: Any) -> str:
    """Return the page, its sections in the order given."""
    from kizu.reporting.document import Report
    from kizu.reporting.formatting import counted
    from kizu.reporting.html import render

    classes = counted(int(image_index["class_name"].nunique()), "class", "classes")
    subtitle = f"{counted(len(image_index), 'image')} of {classes}"
    return render(Report(parameters.title, subtitle, sections))
