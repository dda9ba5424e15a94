"""Nodes of the stage `report`: what the models of each modality were given."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def describe_images(
    images: np.ndarray,
    image_index: Any,
    image_origin: Mapping[str, str],
    image_rejects: Any,
    image_gallery: bytes,
    image_histogram: bytes,
) -> Any:
    """Return the section on the images."""
    from kizu.reporting.sections.image_data import image_data_section

    return image_data_section(
        image_index,
        shape=images.shape,
        origin=image_origin,
        rejects=image_rejects,
        gallery=image_gallery,
        histogram=image_histogram,
    )


def describe_audio(
    audio_index: Any,
    audio_metrics: Mapping[str, float],
    audio_origin: Mapping[str, str],
    audio_rejects: Any,
    audio_overview: bytes,
) -> Any:
    """Return the section on the sounds."""
    from kizu.reporting.sections.audio_data import audio_data_section

    return audio_data_section(
        audio_index,
        metrics=audio_metrics,
        origin=audio_origin,
        rejects=audio_rejects,
        overview=audio_overview,
    )


def describe_tables(
    table_index: Any,
    table_columns: Mapping[str, Any],
    tables_metrics: Mapping[str, float],
    table_scores: Any,
    table_origin: Mapping[str, str],
    table_rejects: Any,
    table_distributions: bytes,
) -> Any:
    """Return the section on the tables."""
    from kizu.reporting.sections.table_data import table_data_section

    return table_data_section(
        table_index,
        columns=table_columns,
        metrics=tables_metrics,
        scores=table_scores,
        origin=table_origin,
        rejects=table_rejects,
        distributions=table_distributions,
    )


def describe_text(
    text_index: Any,
    text_metrics: Mapping[str, float],
    text_tokenizer: Mapping[str, Any],
    text_origin: Mapping[str, str],
    text_rejects: Any,
    text_lengths: bytes,
    text_frequencies: bytes,
) -> Any:
    """Return the section on the texts."""
    from kizu.reporting.sections.text_data import text_data_section

    return text_data_section(
        text_index,
        metrics=text_metrics,
        tokenizer=text_tokenizer,
        origin=text_origin,
        rejects=text_rejects,
        lengths=text_lengths,
        frequencies=text_frequencies,
    )


def show_galleries(
    image_operations: Mapping[str, Path],
    audio_operations: Mapping[str, Path],
    table_operations: Mapping[str, Path],
    text_operations: Mapping[str, Path],
    classifier_augmentations: Mapping[str, Path],
) -> tuple[Any, Any, Any, Any, Any]:
    """Return a section of the operations of each modality, and one of those in training."""
    from kizu.reporting.gallery import read_gallery
    from kizu.reporting.sections.gallery import gallery_section

    return (
        gallery_section("images", read_gallery(image_operations)),
        gallery_section("sounds", read_gallery(audio_operations)),
        gallery_section("tables", read_gallery(table_operations)),
        gallery_section("texts", read_gallery(text_operations)),
        gallery_section("augmentations", read_gallery(classifier_augmentations)),
    )
