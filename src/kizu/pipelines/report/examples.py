"""Nodes of the stage `report`: the items of each modality that deserve a look."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from kedro.pipeline import Node


def pick_images(
    detected: Any,
    image_examples: Any,
    images: np.ndarray,
    image_reconstructions: np.ndarray,
    image_explanations: np.ndarray,
) -> Any:
    """Return test images with their reconstructions and heat maps."""
    from kizu.reporting.sections import examples_images

    return examples_images.image_examples(
        detected["images"],
        image_examples,
        images=images,
        reconstructions=image_reconstructions,
        explanations=image_explanations,
    )


def pick_clips(
    detected: Any,
    audio_examples: Any,
    audio_index: Any,
    audio_clips: Mapping[str, Path],
    audio_features: np.ndarray,
    audio_explanations: np.ndarray,
) -> Any:
    """Return test clips with their spectrograms and heat maps."""
    from kizu.reporting.sections import examples_audio

    return examples_audio.audio_examples(
        detected["audio"],
        audio_examples,
        names=audio_index["clip"].tolist(),
        read_clip=lambda name: audio_clips[name].read_bytes(),
        features=audio_features,
        explanations=audio_explanations,
    )


def pick_rows(
    detected: Any,
    table_examples: Any,
    raw_table: Any,
    table_columns: Mapping[str, Any],
    table_features: np.ndarray,
    table_explanations: np.ndarray,
) -> Any:
    """Return test rows with the contributions of their columns."""
    from kizu.reporting.sections import examples_tables

    return examples_tables.table_examples(
        detected["tables"],
        table_examples,
        table=raw_table,
        columns=table_columns,
        features=table_features,
        explanations=table_explanations,
    )


def pick_lines(
    detected: Any,
    text_examples: Any,
    documents: Any,
    text_tokens: np.ndarray,
    text_explanations: np.ndarray,
    parameters: dict[str, Any],
) -> Any:
    """Return test lines with their tokens marked, under as many lines as their detectors got."""
    from kizu.preprocessing.vocabulary import UNKNOWN
    from kizu.reporting.sections import examples_text

    rows = text_examples["row"].to_numpy()
    tokens = documents["tokens"]
    return examples_text.text_examples(
        detected["text"],
        text_examples,
        lines=[
            tokens.iloc[max(0, row - parameters["lines_before"]) : row + 1].tolist() for row in rows
        ],
        known=text_tokens[rows] != UNKNOWN,
        explanations=text_explanations,
    )


PICKING = {
    "images": Node(
        pick_images,
        inputs=[
            "report_detected",
            "image_examples",
            "images",
            "image_reconstructions",
            "image_explanations",
        ],
        outputs="report_image_examples",
        name="pick_image_examples",
    ),
    "audio": Node(
        pick_clips,
        inputs=[
            "report_detected",
            "audio_examples",
            "audio_index",
            "audio_clips",
            "audio_features",
            "audio_explanations",
        ],
        outputs="report_audio_examples",
        name="pick_audio_examples",
    ),
    "tables": Node(
        pick_rows,
        inputs=[
            "report_detected",
            "table_examples",
            "raw_table",
            "table_columns",
            "table_features",
            "table_explanations",
        ],
        outputs="report_table_examples",
        name="pick_table_examples",
    ),
    "text": Node(
        pick_lines,
        inputs=[
            "report_detected",
            "text_examples",
            "documents",
            "text_tokens",
            "text_explanations",
            "params:detect_text",
        ],
        outputs="report_text_examples",
        name="pick_text_examples",
    ),
}
