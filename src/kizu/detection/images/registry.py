"""The image detectors by name."""

from kizu.detection.images.anogan import AnoGan
from kizu.detection.images.efficient_gan import EfficientGan
from kizu.detection.images.feature_neighbors import FeatureNeighbors
from kizu.detection.images.pixels import PixelComponents, PixelForest, PixelNeighbors
from kizu.detection.packing import Kinds

IMAGE_DETECTORS: Kinds = {
    "anogan": AnoGan,
    "efficient_gan": EfficientGan,
    "feature_neighbors": FeatureNeighbors,
    "pixel_neighbors": PixelNeighbors,
    "pixel_components": PixelComponents,
    "pixel_forest": PixelForest,
}
