"""Parameters of the stage `detect_images`."""

from typing import Self

from pydantic import Field, model_validator

from kizu.detection.images.parameters import (
    AnoGanParameters,
    DetectorName,
    EfficientGanParameters,
    FeatureNeighborsParameters,
    PixelComponentsParameters,
    PixelForestParameters,
    PixelNeighborsParameters,
)
from kizu.parameters import Parameters


class DetectImagesParameters(Parameters):
    """What is normal, how often it may be flagged, and which detectors compete."""

    normal_classes: list[int] = Field(
        min_length=1, description="Labels of the normal images; all others are anomalous."
    )
    false_positive_rate: float = Field(
        gt=0, lt=1, description="Share of normal images that may be flagged."
    )
    detectors: list[DetectorName] = Field(
        min_length=1, description="Which detectors are fitted, in this order."
    )
    examples_per_group: int = Field(
        gt=0, description="Images shown of the most anomalous, of the missed and of false alarms."
    )
    bootstrap_replicates: int = Field(gt=0, description="Resamplings behind an interval.")
    bootstrap_seed: int = Field(ge=0, description="Seed of the resamplings.")
    anogan: AnoGanParameters
    efficient_gan: EfficientGanParameters
    feature_neighbors: FeatureNeighborsParameters
    pixel_neighbors: PixelNeighborsParameters
    pixel_components: PixelComponentsParameters
    pixel_forest: PixelForestParameters

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("normal_classes", "detectors"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must name each value once, got {values}")
        return self
