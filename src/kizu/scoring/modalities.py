"""What belongs to each modality, imported when it is asked for."""

from typing import Any

from kizu.detection.protocol import Kinds
from kizu.scoring.card import Card, Modality
from kizu.scoring.reader import Reader


def detector_kinds(modality: Modality) -> Kinds:
    """Return the detectors of a modality by name."""
    if modality == "images":
        from kizu.detection.images.registry import IMAGE_DETECTORS

        return IMAGE_DETECTORS
    if modality == "audio":
        from kizu.detection.audio.registry import AUDIO_DETECTORS

        return AUDIO_DETECTORS
    if modality == "tables":
        from kizu.detection.tables.registry import TABLE_DETECTORS

        return TABLE_DETECTORS
    from kizu.detection.text.registry import TEXT_DETECTORS

    return TEXT_DETECTORS


def make_reader(card: Card, transform: Any) -> Reader:
    """Return the reader that a card describes.

    Args:
        card: of a model.
        transform: of tables; see `TableReader`.
    """
    if card.modality == "images":
        from kizu.scoring.images.reader import ImageReader
        from kizu.scoring.images.recipe import ImageRecipe

        return ImageReader(ImageRecipe.model_validate(card.recipe))
    if card.modality == "audio":
        from kizu.scoring.audio.reader import AudioReader
        from kizu.scoring.audio.recipe import AudioRecipe

        return AudioReader(AudioRecipe.model_validate(card.recipe))
    if card.modality == "tables":
        from kizu.scoring.tables.reader import TableReader
        from kizu.scoring.tables.recipe import TableRecipe

        return TableReader(TableRecipe.model_validate(card.recipe), transform)
    from kizu.scoring.text.reader import TextReader
    from kizu.scoring.text.recipe import TextRecipe

    return TextReader(TextRecipe.model_validate(card.recipe))
