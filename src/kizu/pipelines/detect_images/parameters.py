"""Parameters of the stage `detect_images`."""

from kizu.detection.images.parameters import (
    AnoGanParameters,
    EfficientGanParameters,
    FeatureNeighborsParameters,
    PixelComponentsParameters,
    PixelForestParameters,
    PixelNeighborsParameters,
)
from kizu.pipelines.detecting_parameters import DetectParameters


class DetectImagesParameters(DetectParameters):
    """Those of every such stage, and the image detectors'; the ones on raw pixels are baselines."""

    anogan: AnoGanParameters
    efficient_gan: EfficientGanParameters
    feature_neighbors: FeatureNeighborsParameters
    pixel_neighbors: PixelNeighborsParameters
    pixel_components: PixelComponentsParameters
    pixel_forest: PixelForestParameters
