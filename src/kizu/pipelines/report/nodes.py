"""Nodes of the stage `report`: a section each, and the page that holds them."""

from collections.abc import Mapping
from typing import Any

from kizu.pipelines.report.detection import DETECTED
from kizu.pipelines.report.parameters import ReportParameters

# What the page names by its hash, and whose parameters it lists.
TRACED_DATA = (
    "image_manifest",
    "images",
    "image_index",
    "audio_manifest",
    "audio_features",
    "audio_index",
    "table_manifest",
    "table_features",
    "table_index",
    "text_manifest",
    "text_tokens",
    "text_index",
    *(f"{prefix}_anomaly_scores" for prefix in DETECTED.values()),
)
TRACED_STAGES = (
    "ingest_images",
    "images",
    "ingest_audio",
    "audio",
    "ingest_tables",
    "tables",
    "ingest_text",
    "text",
    "classifier",
    "gan",
    "diffusion",
    "evaluate_generators",
    *(f"detect_{name}" for name in DETECTED),
)


def summarize(
    detected: Any,
    classifier_metrics: Mapping[str, float],
    generator_metrics: Mapping[str, float],
    diffusion_fidelity: Mapping[str, float],
) -> Any:
    """Return the section of key figures."""
    from kizu.reporting.sections.summary import summary_section

    return summary_section(
        detected=list(detected.values()),
        classifier=classifier_metrics,
        generators={"GAN": generator_metrics, "diffusion model": diffusion_fidelity},
    )


def describe_training(
    classifier_history: list[dict[str, float]],
    gan_history: list[dict[str, float]],
    diffusion_history: list[dict[str, float]],
    *detector_histories: list[dict[str, float]],
) -> Any:
    """Return the section of training curves, the detectors' in the order of `DETECTED`."""
    from kizu.reporting.sections.training import training_section

    return training_section(
        {
            "Classifier": classifier_history,
            "GAN": gan_history,
            "Diffusion model": diffusion_history,
            **{
                f"Detectors of {name}": history
                for name, history in zip(DETECTED, detector_histories, strict=True)
            },
        }
    )


def describe_classifier(
    classifier_metrics: Mapping[str, float],
    classifier_class_scores: Mapping[str, float],
    classifier_confusion: bytes,
    classifier_reliability: bytes,
    classifier_mistakes: bytes,
    classifier_saliency: bytes,
) -> Any:
    """Return the section on the classifier."""
    from kizu.reporting.sections.classifier import classifier_section

    return classifier_section(
        classifier_metrics,
        classifier_class_scores,
        confusion=classifier_confusion,
        reliability=classifier_reliability,
        mistakes=classifier_mistakes,
        saliency=classifier_saliency,
    )


def show_samples(
    generator_sample_grid: bytes,
    generator_nearest_grid: bytes,
    generator_interpolation_grid: bytes,
    diffusion_samples: bytes,
    diffusion_nearest_grid: bytes,
) -> Any:
    """Return the section of generated images."""
    from kizu.reporting.sections.generators import Samples, samples_section

    return samples_section(
        [
            Samples(
                "GAN", generator_sample_grid, generator_nearest_grid, generator_interpolation_grid
            ),
            Samples("Diffusion model", diffusion_samples, diffusion_nearest_grid),
        ]
    )


def compare_fidelity(
    generator_metrics: Mapping[str, float],
    diffusion_fidelity: Mapping[str, float],
    generator_history: list[dict[str, float]],
) -> Any:
    """Return the section that compares generated with real images."""
    from kizu.reporting.sections.generators import fidelity_section

    return fidelity_section(
        {"GAN": generator_metrics, "Diffusion model": diffusion_fidelity}, generator_history
    )


def compare_samplers(
    diffusion_samplers: list[dict[str, Any]], diffusion_quality_by_evaluations: bytes
) -> Any:
    """Return the section on what sampling costs the diffusion model, and what that brings."""
    from kizu.reporting.sections.samplers import samplers_section

    return samplers_section(diffusion_samplers, diffusion_quality_by_evaluations)


def digest_data(*data: Any) -> Any:
    """Return a line for each of `TRACED_DATA`: what it is, its size, its content's hash."""
    from kizu.reporting.sections.provenance import digest

    return [digest(name, content) for name, content in zip(TRACED_DATA, data, strict=True)]


def trace_origin(digests: Any, *parameters: dict[str, Any]) -> Any:
    """Return the section of data digests and of the parameters of `TRACED_STAGES`.

    Parameters of other stages come as they stand: their types belong to those stages.
    """
    from kizu.reporting.sections.provenance import provenance_section

    return provenance_section(digests, dict(zip(TRACED_STAGES, parameters, strict=True)))


def render_report(
    image_index: Any,
    audio_index: Any,
    table_index: Any,
    text_index: Any,
    parameters: ReportParameters,
    *sections: Any,
) -> str:
    """Return the page, its sections in the order given."""
    from kizu.reporting.document import Report
    from kizu.reporting.formatting import counted
    from kizu.reporting.html import render

    counts = [
        counted(len(index), noun)
        for index, noun in (
            (image_index, "image"),
            (audio_index, "clip"),
            (table_index, "row"),
            (text_index, "document"),
        )
    ]
    return render(Report(parameters.title, ", ".join(counts), sections))
